import { mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linkCommands } from '../../../scripts/build/command-links.ts';
import { tempRoot } from '../../helpers/tree.ts';

test('commands are links to the program beside them', async () => {
  await using temp = await tempRoot();
  const bin = join(temp.path, 'dist/bin');
  await linkCommands(bin, ['lslite', 'nodeset']);
  expect((await readdir(bin)).toSorted()).toEqual(['lslite', 'nodeset']);
  expect(await readlink(join(bin, 'lslite'))).toBe('../statelite');
});

test('what an earlier build made goes, as all of it is linked into the PATH', async () => {
  await using temp = await tempRoot();
  const bin = join(temp.path, 'bin');
  await mkdir(bin);
  for (const name of ['watch', 'lslite']) await symlink('../statelite', join(bin, name));
  await linkCommands(bin, ['lslite']);
  expect(await readdir(bin)).toEqual(['lslite']);
});
