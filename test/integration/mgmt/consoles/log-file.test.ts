import { closeSync, existsSync, readdirSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openConsoleLog } from '../../../../mgmt/consoles/log-file.ts';
import { runAs } from '../../../helpers/sandbox.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const small = { size: 10, older: 2 };

test('a console log is added to, and only its owner may read it', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'consoles/n1.log');
  for (const text of ['one ', 'two']) {
    const log = openConsoleLog(path, expect.unreachable);
    log.write(Buffer.from(text));
    log.close();
  }
  expect(await readFile(path, 'utf8')).toBe('one two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(root.path, 'consoles'))).mode & 0o777).toBe(0o700);
});

test('a full one makes place, and the oldest goes', async () => {
  await using root = await tempRoot();
  const log = openConsoleLog(join(root.path, 'n1.log'), expect.unreachable, small);
  for (const text of ['1111111', '2222222', '3333333', '44', '5555555555555', '6']) {
    log.write(Buffer.from(text));
  }
  log.close();
  const files = (await readdir(root.path)).toSorted();
  const texts = await Promise.all(
    files.map(async (file) => readFile(join(root.path, file), 'utf8')),
  );
  expect(files).toEqual(['n1.log', 'n1.log.1', 'n1.log.2']);
  expect(texts).toEqual(['6', '5555555555555', '333333344']);
});

test('the tail is what was written last, of this file', async () => {
  await using root = await tempRoot();
  const log = openConsoleLog(join(root.path, 'n1.log'), expect.unreachable);
  expect(log.tail(5).toString()).toBe('');
  log.write(Buffer.from('0123456789'));
  expect(log.tail(4).toString()).toBe('6789');
  expect(log.tail(40).toString()).toBe('0123456789');
  log.write(Buffer.from('ab'));
  expect(log.tail(4).toString()).toBe('89ab');
  log.close();
});

test('a full disk is told once, and what follows does not throw', () => {
  const warnings: string[] = [];
  const log = openConsoleLog('/dev/full', (message) => void warnings.push(message));
  log.write(Buffer.from('lost'));
  log.write(Buffer.from('lost'));
  log.close();
  expect(warnings).toEqual([expect.stringMatching(/^\/dev\/full cannot be written: ENOSPC/u)]);
});

test('a disk without place for another file stops the log and not the console, and no older file is lost', async () => {
  await using root = await tempRoot();
  const { out, err } = await runAs('another', 'console-log-runner.ts', root.path);
  expect(err).toBe('');
  expect(JSON.parse(out)).toEqual({
    warnings: Array.from({ length: 2 }, () =>
      expect.stringMatching(/n1\.log cannot be written: ENOSPC/u),
    ),
    kept: { 'n1.log.1': '1111111' },
    tail: '',
    after: { 'n1.log': '44445' },
  });
});

test.for([
  ['removed', '1234'],
  ['emptied', '12345678'],
  ['removed with its directory', '12345678'],
] as const)(
  'a log that somebody has %s goes on where it can be seen, and no older one is made of it',
  async ([how, before]) => {
    await using root = await tempRoot();
    const path = join(root.path, 'consoles/n1.log');
    const log = openConsoleLog(path, expect.unreachable, small);
    log.write(Buffer.from(before));
    if (how === 'emptied') await writeFile(path, '');
    else await rm(how === 'removed' ? path : dirname(path), { recursive: true });
    log.write(Buffer.from('after'));
    expect(log.tail(10).toString()).toBe('after');
    log.close();
    expect(await readdir(dirname(path))).toEqual(['n1.log']);
    expect(await readFile(path, 'utf8')).toBe('after');
  },
);

test('a log that cannot be opened is told once, and again after it could', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'consoles/n1.log');
  await writeFile(dirname(path), 'in the way');
  const warnings: string[] = [];
  const log = openConsoleLog(path, (message) => void warnings.push(message));
  log.write(Buffer.from('lost'));
  expect(log.tail(10).toString()).toBe('');
  await rm(dirname(path));
  log.write(Buffer.from('kept'));
  await rm(dirname(path), { recursive: true });
  await writeFile(dirname(path), 'in the way');
  for (const text of ['lost', 'lost']) log.write(Buffer.from(text));
  log.close();
  expect(warnings).toEqual(
    Array.from({ length: 2 }, () => expect.stringMatching(/n1\.log cannot be written: E/u)),
  );
});

test('a log that cannot be read has no tail, and is written all the same', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'n1.log');
  const warnings: string[] = [];
  const log = openConsoleLog(path, (message) => void warnings.push(message));
  log.write(Buffer.from('one'));
  closeSync(descriptorOf(path)); // as if its disk was gone
  expect(log.tail(3).toString()).toBe('');
  log.write(Buffer.from('lost'));
  expect(log.tail(3).toString()).toBe('one');
  log.write(Buffer.from('two'));
  log.close();
  expect(warnings).toEqual([expect.stringContaining('n1.log cannot be read: EBADF')]);
  expect(await readFile(path, 'utf8')).toBe('onetwo');
});

/** The number of the file that this process has open at a path. */
function descriptorOf(path: string): number {
  const open = readdirSync('/proc/self/fd').filter(
    (name) => existsSync(`/proc/self/fd/${name}`) && readlinkSync(`/proc/self/fd/${name}`) === path,
  );
  return Number(open[0]);
}
