import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Merge, mergeDirectories } from '../../../agent/files/merge.ts';
import { nativeAddon } from '../../helpers/native.ts';
import { snapshot } from '../../helpers/snapshot.ts';
import { type Planted, plantTree, tempRoot } from '../../helpers/tree.ts';

const calls = nativeAddon();
const everything = { leaveOut: [], bare: [], only: 'everything', durable: false } as const;

/** Merges the directories of `root` named in `from` into `root`/to, all standing for /srv/d. */
async function merged(root: string, from: readonly string[], how: Partial<Merge> = {}) {
  const sources = from.map((name) => join(root, name));
  const to = join(root, 'to');
  const { lost, sockets } = await mergeDirectories(calls, {
    ...everything,
    from: sources,
    to,
    path: '/srv/d',
    ...how,
  });
  return { to, lost, sockets, tree: snapshot(to) };
}

type Tree = Readonly<Record<string, Planted>>;

async function planted(tree: Tree) {
  const root = await tempRoot();
  plantTree(root.path, tree);
  return root;
}

describe('2.3 a directory of several sources', () => {
  test('the first source wins each name, at every depth; nothing is taken away', async () => {
    await using root = await planted({
      '/one/x': '1',
      '/one/sub/deep/a': '1',
      '/two/x': '2',
      '/two/y': '2',
      '/two/sub/deep/a': '2',
      '/two/sub/deep/b': '2',
      '/image/x': 'i',
      '/image/y': 'i',
      '/image/.hidden': 'i',
      '/image/sub/deep/c': 'i',
      '/image/sub/empty': { dir: 0o755 },
    });
    expect((await merged(root.path, ['one', 'two', 'image'])).tree).toEqual({
      '/.hidden': 'i',
      '/sub': 'dir',
      '/sub/deep': 'dir',
      '/sub/deep/a': '1',
      '/sub/deep/b': '2',
      '/sub/deep/c': 'i',
      '/sub/empty': 'dir',
      '/x': '1',
      '/y': '2',
    });
  });

  test('below it only sources whose object has the type of the winner take part (2.2)', async () => {
    await using root = await planted({
      '/one/a': 'file',
      '/two/a/x': '2',
      '/one/b/x': '1',
      '/two/b': 'file',
      '/three/b/y': '3',
      '/one/c': { link: 'a' },
      '/two/c/z': '2',
    });
    expect((await merged(root.path, ['one', 'two', 'three'])).tree).toEqual({
      '/a': 'file',
      '/b': 'dir',
      '/b/x': '1',
      '/b/y': '3',
      '/c': '-> a',
    });
  });

  test('links below it are copied as links, wherever they lead (2.1)', async () => {
    await using root = await planted({
      '/one/abs': { link: '/etc/passwd' },
      '/one/up': { link: '../../../../etc' },
      '/one/dangling': { link: 'nowhere' },
      '/two/up/x': 'not below the link',
    });
    expect((await merged(root.path, ['one', 'two'])).tree).toEqual({
      '/abs': '-> /etc/passwd',
      '/dangling': '-> nowhere',
      '/up': '-> ../../../../etc',
    });
  });

  test('names that are no text are copied as they are', async () => {
    await using root = await planted({ '/one/x': '1' });
    const odd = Buffer.from([0xff, 0x41]);
    renameSync(join(root.path, 'one/x'), Buffer.concat([Buffer.from(`${root.path}/one/`), odd]));
    const [from, to] = [join(root.path, 'one'), join(root.path, 'to')];
    await mergeDirectories(calls, { ...everything, from: [from], to, path: '/srv/d' });
    expect(lstatSync(Buffer.concat([Buffer.from(`${to}/`), odd])).size).toBe(1);
  });
});

function ownerAndMode(path: string) {
  const { uid, gid, mode } = lstatSync(path);
  return [uid, gid, (mode & 0o7777).toString(8)];
}

function acl(path: string): string {
  return execFileSync('getfacl', ['-cp', path], { encoding: 'utf8' });
}

describe('2.4 metadata of a merged directory', () => {
  const tree: Tree = {
    '/one': { dir: 0o777, uid: 1 },
    '/one/sub': { dir: 0o700, uid: 11 },
    '/one/sub/x': { text: '1', mode: 0o600, uid: 111 },
    '/two': { dir: 0o770, uid: 2 },
    '/two/sub': { dir: 0o711, uid: 22 },
    '/image': { dir: 0o1750, uid: 3, gid: 33 },
    '/image/y': { text: 'i', mode: 0o640, gid: 4 },
  };
  test('comes from the lowest source that has it; files bring their own', async () => {
    await using root = await planted(tree);
    utimesSync(join(root.path, 'image'), 1_000_000_000, 1_000_000_000);
    const { to } = await merged(root.path, ['one', 'two', 'image']);
    expect(ownerAndMode(to)).toEqual([3, 33, '1750']);
    expect(lstatSync(to).mtimeMs).toBe(1_000_000_000_000);
    expect(ownerAndMode(join(to, 'sub'))).toEqual([22, 0, '711']);
    expect(ownerAndMode(join(to, 'sub/x'))).toEqual([111, 0, '600']);
    expect(ownerAndMode(join(to, 'y'))).toEqual([0, 4, '640']);
  });

  test('what liteimg made lends none', async () => {
    await using root = await planted({ ...tree, '/image/sub': { dir: 0o755 } });
    const bare = ['/srv/d', '/srv/d/sub'];
    const { to } = await merged(root.path, ['one', 'two', 'image'], { bare });
    expect(ownerAndMode(to)).toEqual([2, 0, '770']);
    expect(ownerAndMode(join(to, 'sub'))).toEqual([22, 0, '711']);
  });

  test('unless nothing else has it', async () => {
    await using root = await planted(tree);
    const { to } = await merged(root.path, ['image'], { bare: ['/srv/d'] });
    expect(ownerAndMode(to)).toEqual([3, 33, '1750']);
  });

  test('xattrs and default ACLs come with it and do not touch the files', async () => {
    await using root = await planted(tree);
    execFileSync('setfacl', ['-d', '-m', 'u:99:rwx', join(root.path, 'image')]);
    const { to } = await merged(root.path, ['one', 'image']);
    expect(acl(to)).toContain('default:user:99:rwx');
    expect(acl(join(to, 'y'))).not.toContain('99');
  });
});

/** One file under three names of source one, and one of source two. */
async function linked() {
  const root = await planted({ '/one/a': '1', '/one/sub/keep': '1', '/two/z': '2' });
  linkSync(join(root.path, 'one/a'), join(root.path, 'one/sub/b'));
  linkSync(join(root.path, 'one/a'), join(root.path, 'one/z2'));
  linkSync(join(root.path, 'one/a'), join(root.path, 'two/c'));
  return root;
}

describe('2.5 hard links', () => {
  test.for([
    ['built', { durable: false }],
    ['built beside', { durable: true }],
    ['completed', { only: 'missing names' as const, durable: true }],
  ] as const)('within one source stay together when %s', async ([, how]) => {
    await using root = await linked();
    mkdirSync(join(root.path, 'to'));
    const { to } = await merged(root.path, ['one', 'two'], how);
    const inodes = ['a', 'sub/b', 'z2'].map((name) => lstatSync(join(to, name)).ino);
    expect(new Set(inodes).size).toBe(1);
    expect(lstatSync(join(to, 'a')).nlink).toBe(3);
    expect(lstatSync(join(to, 'c')).ino).not.toBe(inodes[0]);
  });
});

describe('2.6 places of listed paths', () => {
  const leaveOut = ['/srv/d/own', '/srv/d/way/to/deep'];

  test('listed paths are left out, whatever the sources have there', async () => {
    await using root = await planted({
      '/one/own': { link: '/etc' },
      '/two/own/x': '2',
      '/two/way/to/deep': '2',
      '/two/way/else': '2',
    });
    expect((await merged(root.path, ['one', 'two'], { leaveOut })).tree).toEqual({
      '/way': 'dir',
      '/way/else': '2',
      '/way/to': 'dir',
    });
  });

  test.for<[string, Planted]>([
    ['a link', { link: '/etc' }],
    ['a file', 'file'],
  ])('%s for a directory above one is not taken', async ([, object]) => {
    await using root = await planted({ '/one/way': object, '/two/way/to/x': '2', '/image/y': 'i' });
    expect((await merged(root.path, ['one', 'two'], { leaveOut })).tree).toEqual({
      '/way': 'dir',
      '/way/to': 'dir',
      '/way/to/x': '2',
    });
    await using alone = await planted({ '/one/way': object });
    expect((await merged(alone.path, ['one'], { leaveOut })).tree).toEqual({});
  });
});

describe('3.1 filling a store', () => {
  const source: Tree = {
    '/image': { dir: 0o750, uid: 3 },
    '/image/x': 'i',
    '/image/sub': { dir: 0o711 },
    '/image/sub/y': 'i',
    '/image/sub/deep/z': 'i',
    '/image/new/n': 'i',
  };

  test('a new directory comes by one rename, over leftovers of a power cut', async () => {
    await using root = await planted({
      ...source,
      '/.statelite.new/half': 'x',
      '/.statelite.new/x': 'old',
    });
    const { tree } = await merged(root.path, ['image'], { durable: true });
    expect(tree).toEqual(snapshot(join(root.path, 'image')));
    expect(snapshot(root.path)).not.toHaveProperty('/.statelite.new');
  });

  test('an empty mount point is replaced by the copy', async () => {
    await using root = await planted({ ...source, '/to': { dir: 0o700 } });
    const { to } = await merged(root.path, ['image'], { durable: true });
    expect(lstatSync(to)).toMatchObject({ mode: 0o40750, uid: 3 });
  });

  const missing = { only: 'missing names', durable: true } as const;

  test('what exists is never touched; missing names come at every depth', async () => {
    const present: Tree = {
      '/to': { dir: 0o700, uid: 7 },
      '/to/x': { text: 'mine', mode: 0o600, uid: 7 },
      '/to/own': 'mine',
      '/to/sub': { dir: 0o777, uid: 7 },
      '/to/sub/deep/mine': 'mine',
      '/to/new': { link: 'elsewhere' },
    };
    await using root = await planted({ ...source, ...present });
    const before = snapshot(join(root.path, 'to'));
    const { to, tree } = await merged(root.path, ['image'], missing);
    expect(tree).toEqual({ ...before, '/sub/y': 'i', '/sub/deep/z': 'i' });
    expect(lstatSync(to)).toMatchObject({ mode: 0o40700, uid: 7 });
    expect(lstatSync(join(to, 'sub'))).toMatchObject({ mode: 0o40777, uid: 7 });
    expect(lstatSync(join(to, 'x'))).toMatchObject({ mode: 0o100600, uid: 7 });
  });

  test('a second completion changes nothing at all', async () => {
    await using root = await planted({ ...source, '/to/x': 'mine' });
    await merged(root.path, ['image'], missing);
    const before = snapshot(join(root.path, 'to'), 'full');
    await merged(root.path, ['image'], missing);
    expect(snapshot(join(root.path, 'to'), 'full')).toEqual(before);
  });

  test('a directory that was only the way to a deeper entry gets its metadata', async () => {
    await using root = await planted({ ...source, '/to/sub/deep/z': 'kept' });
    const leaveOut = ['/srv/d/sub/deep/z'];
    const { to, tree } = await merged(root.path, ['image'], { ...missing, leaveOut });
    expect(lstatSync(to)).toMatchObject({ mode: 0o40750, uid: 3 });
    expect(lstatSync(join(to, 'sub'))).toMatchObject({ mode: 0o40711 });
    expect(tree['/sub/deep/z']).toBe('kept');
  });

  test('a power cut on the way is completed by the next run', async () => {
    await using root = await planted({
      ...source,
      '/to/sub/deep/z': 'kept',
      '/to/.statelite.new/half': 'x',
      '/to/sub/.statelite.new': 'half',
    });
    const leaveOut = ['/srv/d/sub/deep/z'];
    const { tree } = await merged(root.path, ['image'], { ...missing, leaveOut });
    expect(tree).toEqual({ ...snapshot(join(root.path, 'image')), '/sub/deep/z': 'kept' });
  });

  test('a source that vanishes is a failure, not a gap', async () => {
    await using root = await planted(source);
    await expect(merged(root.path, ['image', 'gone'])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
