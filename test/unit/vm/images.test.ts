import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cached, hashOf, keyOf } from '../../../vm/images.ts';

const tempCache = () => mkdtempDisposable(join(tmpdir(), 'statelite-'));

test('something is built once, and again when a part of its key changes', async () => {
  await using cache = await tempCache();
  const built: string[] = [];
  const get = (version: string) =>
    cached(cache.path, 'root', [version], async (path) => {
      built.push(version);
      await writeFile(path, version);
    });

  expect(await get('1')).toBe(await get('1'));
  expect(await readFile(await get('2'), 'utf8')).toBe('2');
  expect(built).toEqual(['1', '2']);
});

test('two that want the same at once wait for one build', async () => {
  await using cache = await tempCache();
  let builds = 0;
  const get = () =>
    cached(cache.path, 'root', [], async (path) => {
      builds += 1;
      await mkdir(path);
    });

  const [one, other] = await Promise.all([get(), get()]);
  expect(one).toBe(other);
  expect(builds).toBe(1);
});

test('a build that fails leaves nothing, and the next try starts anew', async () => {
  await using cache = await tempCache();
  const failing = cached(cache.path, 'root', [], async (path) => {
    await mkdir(path);
    throw new Error('disk full');
  });
  await expect(failing).rejects.toThrow('disk full');

  const path = await cached(cache.path, 'root', [], (place) => writeFile(place, 'whole'));
  expect(await readFile(path, 'utf8')).toBe('whole');
  expect(await readdir(cache.path)).toEqual([`root-${keyOf([])}`, `root-${keyOf([])}.lock`]);
});

test('the borders of the parts belong to the key', () => {
  expect(keyOf(['ab', 'c'])).not.toBe(keyOf(['a', 'bc']));
  expect(keyOf(['a', 'b'])).not.toBe(keyOf(['b', 'a']));
});

test('the hash of a file is that of its content', async () => {
  await using directory = await tempCache();
  const [one, other] = [join(directory.path, 'one'), join(directory.path, 'other')];
  await writeFile(one, 'same');
  await writeFile(other, 'same');
  expect(await hashOf(one)).toBe(await hashOf(other));
});
