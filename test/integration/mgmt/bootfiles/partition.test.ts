import { execFile } from 'node:child_process';
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
  ['one of another word', 'enable=yesterday\nreenable=yes\n', '', false],
  ['a script, whatever it says', '#!/bin/sh\n', 's:', true],
  ['a script with a blank before its path', '#!/bin/sh\n', 's: ', true],
] as const)('%s: %s', async ([, text, prefix, expected]) => {
  await using root = await tempRoot();
  plantTree(root.path, { partition: text });
  const file = { text: `${prefix}${join(root.path, 'partition')}`, from: 'a row' };
  expect(await partitions(file)).toBe(expected);
});

test.for(['', 's:', 'relative', 's:relative', '/nowhere/at/all', 's:/nowhere', '/proc'])(
  '%j is no file, and divides nothing',
  async (text) => {
    expect(await partitions({ text, from: 'a row' })).toBe(false);
  },
);

test('a FIFO is not waited for', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'fifo');
  await promisify(execFile)('mkfifo', [path]);
  expect(await partitions({ text: path, from: 'a row' })).toBe(false);
});
