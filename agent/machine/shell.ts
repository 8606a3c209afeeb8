import { writeSync } from 'node:fs';
import type { Programs } from './spawn.ts';

/** An interactive shell on the console; returns when it is left. */
export async function openShell(programs: Programs, words: string): Promise<void> {
  writeSync(2, `\n${words}\nexit or Ctrl-D leaves this shell.\n`);
  const shell = await programs.run('/bin/busybox', ['cttyhack', '/bin/sh'], {
    stdio: 'console',
    env: { PS1: 'statelite# ', ENV: '' },
  });
  const how = shell.code === 0 ? '' : ` with ${shell.code ?? shell.signal} ${shell.output}`;
  writeSync(2, `the shell ended${how}\n`);
}
