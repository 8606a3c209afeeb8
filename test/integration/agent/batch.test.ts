import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Op, performBatch } from '../../../agent/files/batch.ts';
import { listTree } from '../../../agent/files/listing.ts';
import { readTexts } from '../../../agent/files/read-texts.ts';
import { chaseAll } from '../../../agent/files/chase.ts';
import { nativeAddon } from '../../helpers/native.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

const native = nativeAddon();

describe('a batch of changes', () => {
  test('is performed in order, and tells the result of each', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/f': { text: 'x', mode: 0o640 } });
    const at = (path: string) => join(root.path, path);
    const ops: Op[] = [
      { kind: 'directory', from: '', to: at('a/b/c') },
      { kind: 'directory', from: '', to: at('a') },
      { kind: 'object', from: at('f'), to: at('a/b/c/f') },
      { kind: 'link', from: at('a/b/c/f'), to: at('a/g') },
      { kind: 'symlink', from: '../f', to: at('a/l') },
      { kind: 'durable object', from: at('a/l'), to: at('a/m') },
      { kind: 'attributes', from: at('f'), to: at('a/b') },
    ];
    const told: [string, number][] = [];
    await performBatch(native, ops, ({ kind }, result) => told.push([kind, result]));
    expect(told).toEqual([
      ['directory', 1],
      ['directory', 0],
      ['object', 0],
      ['link', 0],
      ['symlink', 0],
      ['durable object', 0],
      ['attributes', 0],
    ]);
    expect(readFileSync(at('a/g'), 'utf8')).toBe('x');
    expect(lstatSync(at('a/g')).ino).toBe(lstatSync(at('a/b/c/f')).ino);
    expect(readlinkSync(at('a/m'))).toBe('../f');
    expect(lstatSync(at('a/b')).mode & 0o7777).toBe(0o640);
  });

  test('ends with the first change that fails, on the side that failed', async () => {
    await using root = await tempRoot();
    const at = (path: string) => join(root.path, path);
    plantTree(root.path, { '/f': 'x', '/there': '' });
    const done: string[] = [];
    const tried = (op: Op) =>
      performBatch(
        native,
        [
          { kind: 'directory', from: '', to: at('d') },
          op,
          { kind: 'symlink', from: 'x', to: at('never') },
        ],
        ({ to }) => done.push(to),
      );
    await expect(tried({ kind: 'object', from: at('none'), to: at('d/n') })).rejects.toMatchObject({
      code: 'ENOENT',
      side: 'reading',
      path: at('none'),
    });
    await expect(tried({ kind: 'object', from: at('f'), to: at('there') })).rejects.toMatchObject({
      code: 'EEXIST',
      side: 'writing',
      path: at('there'),
    });
    await expect(
      tried({ kind: 'directory', from: '', to: at('there/below') }),
    ).rejects.toMatchObject({ code: 'ENOTDIR', side: 'writing' });
    expect(done).toEqual([at('d'), at('d'), at('d')]);
    expect(lstatSync(at('never'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('of nothing is nothing', async () => {
    await expect(performBatch(native, [])).resolves.toBeUndefined();
  });
});

describe('a listing', () => {
  test('has everything below a directory by name, but what is left out', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      '/d/b/two words': 'text',
      '/d/a': { link: '/x' },
      '/d/out/x': '',
      '/d/b/out': '',
      '/d/empty': { dir: 0o755 },
    });
    const listing = await listTree(native, join(root.path, 'd'), '/srv', [
      '/srv/out',
      '/srv/b/out',
    ]);
    const names = [...listing].map(([path, entries]) => [path, entries.map(({ name }) => name)]);
    expect(Object.fromEntries(names)).toEqual({
      '/srv': ['a', 'b', 'empty'],
      '/srv/b': ['two words'],
      '/srv/empty': [],
    });
    expect(listing.get('/srv')?.map(({ type }) => type)).toEqual(['other', 'dir', 'dir']);
    expect(listing.get('/srv/b')).toMatchObject([{ type: 'file', bytes: 4, inode: undefined }]);
  });

  test('of a directory that is not there names it', async () => {
    await using root = await tempRoot();
    await expect(listTree(native, join(root.path, 'none'), '/x', [])).rejects.toMatchObject({
      code: 'ENOENT',
      side: 'reading',
      path: join(root.path, 'none'),
    });
  });
});

describe('texts of several files', () => {
  test('are told in order, those that are not there too', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/a': 'één 1 2', '/b': '' });
    const files = ['a', 'none', 'b', 'a/below'].map((name) => join(root.path, name));
    expect(await readTexts(native, files)).toEqual(['één 1 2', undefined, '', undefined]);
    expect(await readTexts(native, [])).toEqual([]);
  });

  test('what is no file is an error, not a wait', async () => {
    await using root = await tempRoot();
    mkdirSync(join(root.path, 'd'));
    await expect(readTexts(native, [join(root.path, 'd')])).rejects.toMatchObject({
      code: 'EINVAL',
      path: join(root.path, 'd'),
    });
  });
});

describe('places resolved together', () => {
  test('are where each alone would be', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      '/real/x': '',
      '/l': { link: '/real' },
      '/real/up': { link: '../../..' },
    });
    chmodSync(join(root.path, 'real'), 0o700);
    const paths = ['/real/x', '/l/x', '/none', '/real/up', '/'];
    const places = await chaseAll(
      native,
      paths.map((path) => ({ root: root.path, path })),
    );
    const { path } = root;
    expect(places).toEqual([`${path}/real/x`, `${path}/real/x`, `${path}/none`, path, path]);
  });
});
