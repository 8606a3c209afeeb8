import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { attachConsole } from '../../../scripts/demo-attach.ts';
import type { Console } from '../../../vm/console.ts';

function fakeConsole() {
  const typed: string[] = [];
  const watching: ((bytes: Buffer) => void)[] = [];
  const console: Pick<Console, 'type' | 'watch'> = {
    type: async (text) => void typed.push(text),
    watch: (listener) => void watching.push(listener),
  };
  const show = (text: string) => watching.forEach((listener) => listener(Buffer.from(text)));
  return { console, typed, show };
}

test('what is typed goes to the node and what it prints comes back, until Ctrl-]', async () => {
  const { console, typed, show } = fakeConsole();
  const input = new PassThrough();
  const output = new PassThrough();

  const attached = attachConsole(console, input, output);
  input.write('ls\r');
  show('bin  etc\r\n');
  input.write('ab\u001Dcd');
  await attached;

  expect(typed).toEqual(['exec bash -l\n', 'ls\r', 'ab']);
  expect(String(output.read())).toContain('bin  etc\r\n');
});

test('the end of the input leaves the console too', async () => {
  const { console } = fakeConsole();
  const input = new PassThrough();
  const attached = attachConsole(console, input, new PassThrough());
  input.end();
  await expect(attached).resolves.toBeUndefined();
});
