import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { partitions } from '../../../../mgmt/bootfiles/partition.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

test.for([
  ['a description that is switched on', 'enable=yes\nenablepart=no\n', '', true],
  ['one with blanks', ' enable = yes\n', '', true],
  ['one that is switched off', 'enable=no\n', '', false],
  ['one whose comment says it', '# enable=yes\nenable=no\n', '', false],
  ['one of another word', 'enable=yesterday\n', '', false],
  ['one that says it in a section only', '[disk]\nenable=yes\n', '', false],
  ['one that is switched off, whatever else it says', 'enable=no\n[disc]\n', '', false],
  ['a script, whatever it says', '#!/bin/sh\n', 's:', true],
  ['a script with a blank before its path', '#!/bin/sh\n', 's: ', true],
] as const)('%s: %s', async ([, text, prefix, expected]) => {
  await using root = await tempRoot();
  plantTree(root.path, { partition: text });
  const file = { text: `${prefix}${join(root.path, 'partition')}`, from: 'a row' };
  expect(await partitions(file)).toBe(expected);
});

test.for(['', '  '])('%j divides nothing', async (text) => {
  expect(await partitions({ text, from: 'a row' })).toBe(false);
});

test.for([
  ['s:', 'ERR_STATELITE_TABLE', 'a row is no absolute path: s:'],
  ['relative', 'ERR_STATELITE_TABLE', 'a row is no absolute path: relative'],
  ['s:relative', 'ERR_STATELITE_TABLE', 'a row is no absolute path: s:relative'],
  ['/nowhere/at/all', 'ERR_STATELITE_NOT_FOUND', 'a row names /nowhere/at/all, which cannot be'],
  ['s:/nowhere', 'ERR_STATELITE_NOT_FOUND', 'a row names /nowhere, which cannot be read'],
  ['/proc', 'ERR_STATELITE_NOT_FOUND', 'a row names /proc, which is no regular file'],
] as const)('%j is refused: its nodes would not boot', async ([text, code, message]) => {
  await expect(partitions({ text, from: 'a row' })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
    hint: expect.stringMatching(/./u),
  });
});

test.for([
  ['enable=yes\n[disc]\n', 'line 2: there is no section [disc]'],
  ['enable=yes\n[disk]\ndev=/dev/sda\nclear=yes\npar', 'line 5: "par" is not understood in [disk]'],
  ['enable=yes\n[disk]\ndev=/dev/sda\nclear=yes\n', 'line 2: parts is blank'],
  ['enabel=yes\n', 'line 1: "enabel=yes" is not understood'],
] as const)('%j is refused with its line, before a node boots with it', async ([text, message]) => {
  await using root = await tempRoot();
  plantTree(root.path, { partition: text });
  const path = join(root.path, 'partition');
  await expect(partitions({ text: path, from: 'a row' })).rejects.toMatchObject({
    code: 'ERR_STATELITE_STORE',
    message: expect.stringContaining(`${path}, ${message}`),
  });
});

test('a script with a byte that could not be sent as it is, is refused', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'partition');
  writeFileSync(path, Buffer.from('#!/bin/sh\n# f\xfcr sda\n', 'latin1'));
  await expect(partitions({ text: `s:${path}`, from: 'a row' })).rejects.toMatchObject({
    code: 'ERR_STATELITE_NOT_FOUND',
    message: expect.stringContaining('which is not in UTF-8'),
  });
});

test('a file that is too long to be sent whole is refused', async () => {
  await using root = await tempRoot();
  plantTree(root.path, { partition: '# comment\n'.repeat(7000) });
  const path = join(root.path, 'partition');
  await expect(partitions({ text: path, from: 'a row' })).rejects.toThrow(
    'which has more than 65536 bytes',
  );
});

test('a FIFO is not waited for', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'fifo');
  await promisify(execFile)('mkfifo', [path]);
  await expect(partitions({ text: path, from: 'a row' })).rejects.toThrow(
    'which is no regular file',
  );
});
