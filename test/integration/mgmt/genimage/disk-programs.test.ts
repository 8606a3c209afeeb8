import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingForDisks } from '../../../../mgmt/cli/disk-programs.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const description = `enable=yes
enablepart=yes
[disk]
dev=/dev/vda
parts=100
fstype=xfs
[localspace]
dev=/dev/vda1
`;

function initramfsWith(...paths: readonly string[]) {
  return { entries: paths.map((path) => ({ path, size: 1, why: 'disk' })) };
}

/** The lines for a partitionfile with this text. */
async function linesFor(text: string, ...paths: readonly string[]): Promise<string[]> {
  await using root = await tempRoot();
  const file = join(root.path, 'disk');
  writeFileSync(file, text);
  return await missingForDisks(file, initramfsWith(...paths));
}

test('names the program that nodes would stop without, and its package', async () => {
  const [line = '', ...rest] = await linesFor(description, '/sbin/mke2fs', '/bin/mkfs.xfs');
  expect(line).toMatch(/mkfs\.xfs: .*xfsprogs/u);
  expect(rest).toEqual([]);
});

test('says nothing if all is there, and nothing of scripts and of images without a file', async () => {
  expect(await linesFor(description, '/sbin/mkfs.xfs')).toEqual([]);
  for (const file of ['', 's:/nowhere/script']) {
    expect(await missingForDisks(file, initramfsWith())).toEqual([]);
  }
});

test.for([
  ['a file that is not understood', 'enable=yes\nparts', /parts/u],
  ['a file that is not there', undefined, /\/nowhere, which cannot be read/u],
] as const)('%s is told, and does not stop a build', async ([, text, line]) => {
  const lines = text === undefined ? missingForDisks('/nowhere', initramfsWith()) : linesFor(text);
  expect(await lines).toEqual([expect.stringMatching(line)]);
});
