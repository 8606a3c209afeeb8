import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { namesIfThere, readIfThere } from '../../../../agent/files/if-there.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  await writeFile(join(directory, 'file'), 'text');
});
afterEach(() => rm(directory, { recursive: true }));

test('what is there is read', async () => {
  expect(await readIfThere(join(directory, 'file'))).toBe('text');
  expect(await namesIfThere(directory)).toEqual(['file']);
});

test('what is not there is nothing, and no error', async () => {
  expect(await readIfThere(join(directory, 'none'))).toBeUndefined();
  expect(await namesIfThere(join(directory, 'none'))).toEqual([]);
});

test('a path below a file is an error, unless that is said to mean the same', async () => {
  const path = join(directory, 'file/below');
  await expect(readIfThere(path)).rejects.toThrow('ENOTDIR');
  await expect(namesIfThere(path)).rejects.toThrow('ENOTDIR');
  expect(await readIfThere(path, 'ENOTDIR')).toBeUndefined();
  expect(await namesIfThere(path, 'ENOTDIR')).toEqual([]);
});

test('any other failure is thrown', async () => {
  await expect(readIfThere(directory, 'ENOTDIR')).rejects.toThrow('EISDIR');
});

test('reading a directory as a file names the directory', async () => {
  await expect(readIfThere(directory)).rejects.toMatchObject({ code: 'EISDIR', path: directory });
});
