import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../../../mgmt/image/generations/size.ts';
import { shareRoots } from '../../../../mgmt/image/generations/share.ts';
import { unshareRoot } from '../../../../mgmt/image/generations/unshare.ts';
import { liteimg } from '../../../../mgmt/image/liteimg/liteimg.ts';
import { nativeAddon } from '../../../helpers/native.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { listing, rowsOf } from '../liteimg/workshop.ts';
import { imageHome, type Tree } from './image-home.ts';

const native = nativeAddon();
const text = 'the same in both\n';

/** Two roots, and which files of the second are those of the first after they share. */
async function shared(first: Tree, second: Tree, between?: (one: string, two: string) => void) {
  await using directory = await tempRoot();
  const [one, two] = [join(directory.path, 'one'), join(directory.path, 'two')];
  plantTree(one, first);
  plantTree(two, second);
  between?.(one, two);
  const before = listing(two);
  const result = await shareRoots(one, two, join(directory.path, 'scratch'), native);
  expect(listing(two)).toEqual(before);
  const files = Object.keys(second).filter(
    (path) =>
      statSync(join(one, path), { throwIfNoEntry: false })?.ino === statSync(join(two, path)).ino,
  );
  return { ...result, files, count: result.files };
}

function setAttribute(root: string, name: string, value: string): void {
  execFileSync('setfattr', ['-n', 'user.x', '-v', value, join(root, name)]);
}

describe('files that two generations have in common', () => {
  test('become one below /usr, /boot, /lib* and /opt, and nowhere else', async () => {
    const tree = {
      'usr/bin/tool': { text, mode: 0o4755 },
      'boot/vmlinuz': text,
      'lib64/ld.so': text,
      'opt/app/data': text,
      'etc/motd': text,
      'var/lib/x': text,
      '.default/usr/bin/tool': text,
      library: text,
    };
    const { files, count, bytes } = await shared(tree, tree);
    expect(files).toEqual(['usr/bin/tool', 'boot/vmlinuz', 'lib64/ld.so', 'opt/app/data']);
    expect(count).toBe(4);
    expect(bytes).toBe(4 * 4096);
  });

  test('do not if content, owner or mode differ, or if they are empty', async () => {
    const first = {
      usr: { dir: 0o755 },
      'usr/a': 'aaa',
      'usr/b': text,
      'usr/c': text,
      'usr/d': '',
    };
    const second = {
      ...first,
      'usr/a': 'bbb',
      'usr/b': { text, mode: 0o600 },
      'usr/c': { text, uid: 7 },
    };
    expect((await shared(first, second)).files).toEqual([]);
  });

  test('do not if their xattrs differ', async () => {
    const tree = { 'usr/a': text, 'usr/b': text };
    const { files } = await shared(tree, tree, (one, two) => {
      setAttribute(one, 'usr/a', '1');
      setAttribute(two, 'usr/a', '2');
      setAttribute(one, 'usr/b', '1');
      setAttribute(two, 'usr/b', '1');
    });
    expect(files).toEqual(['usr/b']);
  });

  test('may differ in time, but not a Python source, whose compiled form knows it', async () => {
    const tree = { 'usr/a.py': text, 'usr/b.txt': text };
    const { files } = await shared(tree, tree, (one) => {
      for (const name of ['usr/a.py', 'usr/b.txt']) utimesSync(join(one, name), 1, 1);
    });
    expect(files).toEqual(['usr/b.txt']);
  });

  test('keep their hard links, and none that leads out of the shared directories is shared', async () => {
    const tree = { 'usr/a': text, 'usr/x': `${text}x`, 'usr/y': `${text}y`, 'etc/keep': 'x' };
    const { files } = await shared(tree, tree, (one, two) => {
      for (const root of [one, two]) linkSync(join(root, 'usr/a'), join(root, 'usr/a2'));
      linkSync(join(one, 'usr/x'), join(one, 'etc/x'));
      linkSync(join(two, 'usr/y'), join(two, 'etc/y'));
    });
    expect(files).toEqual(['usr/a']);
  });

  test('are looked for inside the old root: a link there leads nowhere', async () => {
    await using host = await tempRoot();
    plantTree(host.path, { 'lib/secret': text });
    const { files } = await shared({ usr: { dir: 0o755 } }, { 'usr/lib/secret': text }, (one) =>
      symlinkSync(join(host.path, 'lib'), join(one, 'usr/lib')),
    );
    expect(files).toEqual([]);
  });

  test('leave the times of their directories', async () => {
    await using home = await imageHome();
    await home.build({ 'usr/share/a': text });
    await home.build({ 'usr/share/a': text, 'usr/share/sub/b': text });
    await using directory = await tempRoot();
    const two = join(directory.path, 'two');
    plantTree(two, { 'usr/share/a': text });
    utimesSync(join(two, 'usr/share'), 5, 1_234_567.5);
    const { files } = await shareRoots(home.root, two, join(directory.path, 'scratch'), native);
    expect(files).toBe(1);
    expect(statSync(join(two, 'usr/share')).mtimeMs).toBe(1_234_567_500);
  });
});

/** Three generations that share what is below /usr. */
async function threeGenerations() {
  const home = await imageHome();
  const tree = {
    'etc/fstab': 'compute_x86_64 / tmpfs rw 0 1\n',
    'etc/shadow': { text: 'root:*:::::::\n', mode: 0o640 },
    'etc/app/conf': 'a\n',
    'usr/lib/data/file': text,
    'usr/share/doc': `${text}doc`,
    'usr/share/empty': '',
    'usr/bin/tool': { text: `${text}tool`, mode: 0o755 },
    'usr/share/zone': 'UTC\n',
    'etc/localtime': { link: '/usr/share/zone' },
    'opt/app/state': `${text}state`,
    xcatpost: { dir: 0o755 },
  };
  for (const name of ['one', 'two', 'three']) {
    await home.build({ ...tree, 'etc/motd': name, 'usr/share/version': name });
  }
  return { home, older: () => listing(home.others, 'times') };
}

describe('a root that shares files with other generations', () => {
  test('takes only its own files on the disk', async () => {
    const { home } = await threeGenerations();
    await using _ = home;
    const { total, own } = await sizeOf(home.rootimgdir);
    expect(total - own).toBeGreaterThanOrEqual(5 * 4096);
    expect(statSync(join(home.root, 'usr/bin/tool')).nlink).toBe(3);
    expect(statSync(join(home.root, 'etc/fstab')).nlink).toBe(1);
  });

  test('can be prepared by liteimg, there and back, and the others stay as they are to the byte', async () => {
    const { home, older } = await threeGenerations();
    await using _ = home;
    const before = older();
    const tables = [
      {
        '/etc/motd': 'link',
        '/etc/app/': 'link,persistent',
        '/etc/localtime': 'link',
        '/usr/lib/data/': 'link',
        '/usr/share/doc': 'link,con',
        '/usr/share/empty': 'persistent',
        '/usr/bin/tool': 'link,ro',
        '/opt/app/': 'tmpfs',
      },
      { '/usr/lib/data/file': 'con', '/usr/share/doc': 'tmpfs', '/opt/app/state': 'link' },
      {},
    ];
    for (const table of tables) {
      await liteimg(
        {
          root: home.root,
          rows: rowsOf(table),
          postscripts: join(home.directory, 'none'),
          image: 'compute',
          profile: 'compute',
          rootLogin: { password: '$6$salt$hash', cryptmethod: '' },
        },
        native,
      );
      expect(older()).toEqual(before);
    }
    expect(home.text('etc/shadow')).toContain('$6$salt$hash');
  });

  test('is written to through the links of liteimg, and no other generation is', async () => {
    const { home, older } = await threeGenerations();
    await using _ = home;
    const before = older();
    const wish = {
      root: home.root,
      rows: rowsOf({ '/usr/share/doc': 'link', '/usr/lib/data/': 'link', '/opt/app/': 'tmpfs' }),
      postscripts: join(home.directory, 'none'),
      image: 'compute',
      profile: 'compute',
      rootLogin: undefined,
    };
    await liteimg(wish, native);
    const prepared = listing(home.root, 'everything');
    await liteimg(wish, native);
    expect(listing(home.root, 'everything')).toEqual(prepared);
    for (const path of ['usr/share/doc', 'usr/lib/data/file', 'opt/app/state']) {
      appendFileSync(join(home.root, '.default', path), 'more\n');
    }
    expect(older()).toEqual(before);
    expect(statSync(join(home.root, 'usr/bin/tool')).nlink).toBe(3);
  });

  test('keeps its own hard links where liteimg gives it files of its own', async () => {
    const { home } = await threeGenerations();
    await using _ = home;
    linkSync(join(home.root, 'etc/motd'), join(home.root, 'etc/motd.same'));
    const rows = rowsOf({ '/etc/motd': 'link', '/usr/share/doc': 'link' });
    const postscripts = join(home.directory, 'none');
    const of = { image: 'compute', profile: 'compute' };
    await liteimg({ root: home.root, rows, postscripts, ...of }, native);
    await liteimg({ root: home.root, rows: [], postscripts, ...of }, native);
    const inode = (path: string) => statSync(join(home.root, path)).ino;
    expect(inode('etc/motd')).toBe(inode('etc/motd.same'));
    expect(statSync(join(home.root, 'usr/share/doc')).nlink).toBe(1);
  });

  test('gets files of its own before it is changed in place, and open ones stay readable', async () => {
    const { home, older } = await threeGenerations();
    await using _ = home;
    plantTree(home.root, { 'usr/share/.statelite.new': 'left by a killed run' });
    const [before, now] = [older(), listing(home.root, 'times')];
    const { files, bytes } = await unshareRoot(home.root, join(home.others, 'unshare'), native);
    expect({ files, bytes }).toEqual({ files: 5, bytes: 5 * 4096 });
    delete now['/usr/share/.statelite.new'];
    expect(listing(home.root, 'times')).toEqual(now);
    writeFileSync(join(home.root, 'usr/bin/tool'), 'written in place');
    expect(older()).toEqual(before);
    expect(readFileSync(join(home.others, '2/rootimg/usr/bin/tool'), 'utf8')).toContain('tool');
    expect((await unshareRoot(home.root, join(home.others, 'unshare'), native)).files).toBe(0);
  });
});
