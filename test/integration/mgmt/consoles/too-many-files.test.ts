import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Runs a piece of a program in a process that cannot open another file; gives what it prints. */
async function withoutFiles(body: string): Promise<string> {
  const { href } = new URL('../../../../mgmt/', import.meta.url);
  const script = `
    import { openSync } from 'node:fs';
    const { openInTerminal } = await import('${href}consoles/terminal-program.ts');
    const { tryProgram } = await import('${href}power/run-program.ts');
    const say = (text) => process.stdout.write(text);
    say('');
    const exhaust = () => { try { for (;;) openSync('/dev/null'); } catch {} };
    ${body}`;
  const limited = ['--nofile=100', process.execPath, '--input-type=module', '-e', script];
  return (await promisify(execFile)('prlimit', limited)).stdout;
}

test('a console for which there is no file left ends, and can be tried again', async () => {
  const said = await withoutFiles(`
    const program = { name: 'virsh', words: [], ready: /x/, settle: 0, environment: {} };
    exhaust();
    const { write, close } = openInTerminal(program, { opened() {}, data() {}, ended: say });
    write(Buffer.from('x'));
    close();`);
  expect(said).toBe('virsh cannot be run: spawn setpriv EMFILE');
});

test('a program for which there is no file left is a failure of the hardware', async () => {
  const said = await withoutFiles(`
    const program = { name: 'ipmitool', from: 'ipmitool', argv: [] };
    const patience = { limit: 1000, signal: new AbortController().signal };
    exhaust();
    await tryProgram(program, patience).catch(({ code, message }) => say(code + ' ' + message));`);
  expect(said).toBe('ERR_STATELITE_HARDWARE ipmitool spawn ipmitool EMFILE');
});
