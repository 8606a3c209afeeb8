import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import yargs from 'yargs';
import type { Editor } from '../../../../mgmt/cli/editor.ts';
import { tabedit } from '../../../../mgmt/cli/tabedit.ts';
import { contextIn } from '../../../helpers/context-in.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const program = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;
const header = '#image,file,options,comments,disable';

/** The environment of a process whose editor is a shell script; $1 is the file. */
async function withEditor(mn: Management, script: string) {
  const editor = await mn.write('editor', `#!/bin/sh\n${script}\n`);
  await chmod(editor, 0o755);
  return { ...mn.io.env, PATH: process.env['PATH'], TMPDIR: mn.directory, EDITOR: editor };
}

/** Runs a command with a script for an editor. */
async function run(mn: Management, script: string, ...argv: string[]) {
  const env = await withEditor(mn, script);
  const result = await promisify(execFile)(process.execPath, [program, ...argv], { env }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code: 0, ...result };
}

const kept = async (mn: Management) =>
  (await readdir(mn.directory)).filter((name) => name.startsWith('statelite-tabedit-'));

const dump = async (mn: Management, table: string) => (await mn.run('tabdump', table)).out.slice(1);

describe('tabedit with an editor of its own process', () => {
  test('stores what was edited, of several tables', { timeout: 60_000 }, async ({ mn }) => {
    const script = `test "$(stat -c %a "$1")" = 600 || exit 1
      case $1 in
        */litefile.csv) echo '"ALL", "/x", "bind", , ,' >> "$1";;
        */site.csv) echo 'k,v' >> "$1";;
      esac`;
    expect(await run(mn, script, 'tabedit', 'litefile', 'site')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(await dump(mn, 'litefile')).toEqual(['"ALL","/x","bind",,']);
    expect(await dump(mn, 'site')).toEqual(['"k","v",,']);
    expect(await kept(mn)).toEqual([]);
  });

  test('says that nothing was changed', { timeout: 60_000 }, async ({ mn }) => {
    expect(await run(mn, 'touch "$1"', 'tabedit', 'policy')).toMatchObject({
      code: 0,
      stdout: 'No file modifications detected, not restoring.\n',
    });
    expect(await kept(mn)).toEqual([]);
  });

  test('names the lines of a bad table and keeps it', { timeout: 60_000 }, async ({ mn }) => {
    await mn.run('chtab', 'image=ALL,file=/old', 'litefile.options=');
    const script = `printf 'ALL,etc/motd\\n\\nALL,/y,nfs\\n' >> "$1"`;
    const { code, stderr } = await run(mn, script, 'tabedit', 'litefile');
    expect(code).toBe(1);
    const [directory] = await kept(mn);
    const file = join(mn.directory, directory ?? '', 'litefile.csv');
    expect(stderr).toContain(`the edited text is kept in ${file}\n`);
    expect(stderr).toContain(`${file}: 2 rows are refused`);
    expect(stderr).toMatch(/line 3: .*"etc\/motd" is not absolute/u);
    expect(stderr).toMatch(/line 5: .*"nfs"/u);
    expect(await readFile(file, 'utf8')).toContain('etc/motd');
    expect(await dump(mn, 'litefile')).toEqual(['"ALL","/old",,,']);
  });

  test('changes nothing if the editor fails', { timeout: 60_000 }, async ({ mn }) => {
    const { code, stderr } = await run(mn, 'exit 3', 'tabedit', 'litefile');
    expect(code).toBe(1);
    expect(stderr).toContain('the editor ended with status 3');
    expect(await kept(mn)).toEqual([]);
  });

  test('prefers TABEDITOR, which may have options', { timeout: 60_000 }, async ({ mn }) => {
    const tabeditor = await mn.write('tabeditor', '#!/bin/sh\nshift; echo "$1,$1" >> "$1"\n');
    await chmod(tabeditor, 0o755);
    const env = { ...mn.io.env, PATH: process.env['PATH'], TMPDIR: mn.directory };
    await promisify(execFile)(process.execPath, [program, 'tabedit', 'site'], {
      env: { ...env, EDITOR: 'false', TABEDITOR: `${tabeditor} -w` },
    });
    expect(await dump(mn, 'site')).toHaveLength(1);
  });
});

/** Runs it on a terminal, script(1)'s, and types the answers, one for each question. */
async function onTerminal(mn: Management, script: string, answers: string[]) {
  const env = await withEditor(mn, script);
  const command = `'${process.execPath}' '${program}' tabedit litefile`;
  const terminal = spawn('script', ['-qefc', command, '/dev/null'], { env });
  let text = '';
  let asked = 0;
  terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    while (text.split('[Y/n]').length > asked + 1) terminal.stdin.write(answers[asked++] ?? 'n\r');
  });
  const [code]: unknown[] = await once(terminal, 'close');
  return { code, text };
}

describe('tabedit on a terminal', () => {
  test('asks whether to edit a bad table again', { timeout: 60_000 }, async ({ mn }) => {
    const script = 'if grep -q etc "$1"; then sed -i s,etc,/x, "$1"; else echo ALL,etc >> "$1"; fi';
    const { code, text } = await onTerminal(mn, script, ['y\r']);
    expect(text).toContain('Edit the file again? [Y/n]');
    expect(code).toBe(0);
    expect(await dump(mn, 'litefile')).toEqual(['"ALL","/x",,,']);
    expect(await kept(mn)).toEqual([]);
  });

  test.for([
    ['no', 'n\r'],
    ['the end of input', '\u0004'],
    ['an interrupt', '\u0003'],
  ])('takes %s for a no', { timeout: 60_000 }, async ([, answer = ''], { mn }) => {
    const { code, text } = await onTerminal(mn, 'echo ALL,etc >> "$1"', [answer]);
    expect(code).toBe(1);
    expect(text.split('[Y/n]')).toHaveLength(2);
    expect(text).toContain('the edited text is kept in ');
    expect(text).not.toContain('AbortError');
    expect(await kept(mn)).toHaveLength(1);
  });
});

/** Edits with a function in place of an editor; `answers` are given to questions. */
async function edit(
  mn: Management,
  edits: ((file: string) => Promise<void>)[],
  answers: boolean[],
) {
  const asked: string[] = [];
  let log = '';
  const editor: Editor = {
    interactive: true,
    edit: async (file) => edits.shift()?.(file),
    ask: async (question) => {
      asked.push(question);
      return answers.shift() ?? false;
    },
  };
  const context = contextIn(
    mn.directory,
    mn.store(),
    () => {},
    (record) => void (log += record),
  );
  const parsing = yargs()
    .command(tabedit(context, editor))
    .fail((_, error) => {
      throw error;
    })
    .parseAsync(['tabedit', 'litefile']);
  const error: unknown = await parsing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { asked, log, error };
}

describe('tabedit', () => {
  test('on a terminal lets a bad table be edited again', async ({ mn }) => {
    await mn.run('tabdump');
    const { asked, log, error } = await edit(
      mn,
      [(file) => appendFile(file, 'ALL,x\n'), (file) => writeFile(file, `${header}\nALL,/x\n`)],
      [true],
    );
    expect(error).toBeUndefined();
    expect(asked).toEqual(['Edit the file again?']);
    expect(log).toContain('line 2');
    expect(await dump(mn, 'litefile')).toEqual(['"ALL","/x",,,']);
  });

  test('gives up a bad table if it is told to', async ({ mn }) => {
    await mn.run('tabdump');
    const { log, error } = await edit(mn, [(file) => appendFile(file, 'ALL,x\n')], [false]);
    expect(error).toMatchObject({ code: 'ERR_STATELITE_ROW' });
    expect(log).toContain('the edited text is kept in ');
    expect(await dump(mn, 'litefile')).toEqual([]);
  });

  test('refuses to undo what somebody else changed meanwhile', async ({ mn }) => {
    await mn.run('chtab', 'image=ALL,file=/old', 'litefile.options=');
    const { asked, log, error } = await edit(
      mn,
      [
        async (file) => {
          await mn.run('chtab', 'image=ALL,file=/theirs', 'litefile.options=ro');
          await appendFile(file, 'ALL,/mine\n');
        },
      ],
      [],
    );
    expect(error).toMatchObject({
      code: 'ERR_STATELITE_TABLE',
      message: expect.stringContaining('litefile row image=ALL,file=/theirs is new'),
    });
    expect(asked).toEqual([]);
    expect(log).toContain('the edited text is kept in ');
    expect(await dump(mn, 'litefile')).toEqual(['"ALL","/old",,,', '"ALL","/theirs","ro",,']);
  });

  test('knows no table of that name', async ({ mn }) => {
    expect((await mn.run('tabedit', 'litefil')).err).toContain('did you mean litefile?');
    expect((await mn.run('tabedit', 'auditlog')).err).toContain('statelite log');
  });
});
