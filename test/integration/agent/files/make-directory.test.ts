import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../../../agent/files/make-directory.ts';
import { tempRoot } from '../../../helpers/tree.ts';

test('a directory is made with those above it, and again is no error', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'a/b/c');
  makeDirectory(path, 0o700);
  makeDirectory(path);
  for (const each of ['a', 'a/b', 'a/b/c']) {
    expect((await stat(join(root.path, each))).mode & 0o777).toBe(0o700);
  }
});

test('a symlink to a directory is one', async () => {
  await using root = await tempRoot();
  await mkdir(join(root.path, 'real'));
  await symlink('real', join(root.path, 'link'));
  makeDirectory(join(root.path, 'link/below'));
  expect((await stat(join(root.path, 'real/below'))).isDirectory()).toBe(true);
});

test('a file in the way is an error that names it', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'file');
  await writeFile(path, '');
  expect(() => makeDirectory(path)).toThrow(expect.objectContaining({ code: 'EEXIST', path }));
  const below = join(path, 'a/b');
  expect(() => makeDirectory(below)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});

test('what cannot be made below /proc ends with an error', () => {
  const path = '/proc/statelite/a';
  expect(() => makeDirectory(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
