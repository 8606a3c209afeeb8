import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastLines, printable, tails } from '../../../vm/report.ts';

test('a report has the end of every log, the consoles last', async () => {
  await using logs = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
  await writeFile(join(logs.path, 'cn01.console.log'), 'login: \n');
  await writeFile(join(logs.path, 'cn01.qemu.log'), '');
  await writeFile(join(logs.path, 'dnsmasq.log'), 'one\ntwo\nthree\n');

  expect(await tails(logs.path, 2)).toBe(
    [
      '--- dnsmasq.log (last 2 of 3 lines)',
      '  | two',
      '  | three',
      '--- cn01.console.log',
      '  | login:',
      '',
    ].join('\n'),
  );
});

test('a log that says nothing has no part in it', () => {
  expect(lastLines('cn01.qemu.log', '\n', 40)).toBe('');
});

test('control characters cannot act on the terminal of who reads', () => {
  expect(printable('\x1bc\x1b[?7l\tok\x7f')).toBe('^[c^[[?7l\tok^?');
});
