import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plantTree } from '../../../helpers/tree.ts';
import { listing, workshop } from './workshop.ts';

describe('what an image may hold', () => {
  test('names that are no UTF-8 are mirrored, moved, laid over and given back', async () => {
    await using shop = await workshop({ srv: { dir: 0o755 } });
    const odd = Buffer.from([0xff, 0x2e, 0xe4]);
    const inDirectory = (path: string) =>
      readdirSync(join(shop.root, path), { encoding: 'buffer' }).map((name) =>
        name.toString('hex'),
      );
    const put = (path: string, content: string) => {
      mkdirSync(join(shop.root, path), { recursive: true });
      writeFileSync(Buffer.concat([Buffer.from(`${shop.root}${path}/`), odd]), content);
    };
    put('/srv/mounted', 'x');
    put('/srv/planted', 'old');
    plantTree(shop.root, { 'srv/alias': { link: 'mounted' } });
    const table = { '/srv/mounted/': 'tmpfs', '/srv/planted/': 'link', '/srv/alias': 'link' };
    await shop.run(table);
    expect(inDirectory('/.default/srv/mounted')).toEqual([odd.toString('hex')]);
    expect(inDirectory('/.default/srv/alias')).toEqual([odd.toString('hex')]);
    shop.remove('/srv/planted');
    put('/srv/planted', 'new');
    await shop.run(table);
    await shop.run({});
    expect(shop.look('/srv/alias')).toBe('-> mounted');
    expect(inDirectory('/srv/planted')).toEqual([odd.toString('hex')]);
    const place = Buffer.concat([Buffer.from(`${shop.root}/srv/planted/`), odd]);
    expect(readFileSync(place, 'utf8')).toBe('new');
  });

  test('FIFOs, devices, sparse files and hard links are mirrored as what they are', async () => {
    await using shop = await workshop({ 'srv/one': 'linked' });
    const srv = join(shop.root, 'srv');
    linkSync(join(srv, 'one'), join(srv, 'two'));
    execFileSync('mkfifo', [join(srv, 'fifo')]);
    execFileSync('mknod', [join(srv, 'null'), 'c', '1', '3']);
    execFileSync('truncate', ['-s', '64M', join(srv, 'sparse')]);
    await shop.run({ '/srv/': 'tmpfs' });
    const at = (name: string) => lstatSync(join(shop.root, '.default/srv', name));
    expect(at('one').ino).toBe(at('two').ino);
    expect(at('one').ino).not.toBe(lstatSync(join(srv, 'one')).ino);
    expect(at('fifo').isFIFO()).toBe(true);
    expect(at('null').rdev).toBe(lstatSync(join(srv, 'null')).rdev);
    expect(at('sparse').blocks * 512).toBeLessThan(1024 * 1024);
  });

  test('files that also have names outside the image keep their content there', async () => {
    await using shop = await workshop({ srv: { dir: 0o755 } });
    plantTree(shop.outside, { fstab: 'compute_x86_64 / tmpfs rw 0 1\n', conf: '' });
    linkSync(join(shop.outside, 'fstab'), join(shop.root, 'etc/fstab'));
    linkSync(join(shop.outside, 'conf'), join(shop.root, 'srv/conf'));
    linkSync(join(shop.outside, 'victim'), join(shop.root, 'srv/victim'));
    const sentinel = listing(shop.outside);
    await shop.run({ '/srv/conf': 'tmpfs', '/srv/victim': 'link', '/etc/fstab': 'ro' });
    await shop.run({ '/srv/conf': 'link', '/srv/victim': 'tmpfs' });
    await shop.run({});
    expect(listing(shop.outside)).toEqual(sentinel);
  });

  test('files keep their times on the way to /.default and back', async () => {
    await using shop = await workshop({ 'srv/planted': 'a', 'srv/mounted': 'b' });
    const then = new Date('2001-02-03T04:05:06Z');
    for (const name of ['planted', 'mounted']) utimesSync(join(shop.root, 'srv', name), then, then);
    const modified = (path: string) => lstatSync(join(shop.root, path)).mtime;
    await shop.run({ '/srv/planted': 'link', '/srv/mounted': 'tmpfs' });
    expect(modified('/.default/srv/planted')).toEqual(then);
    expect(modified('/.default/srv/mounted')).toEqual(then);
    await shop.run({});
    expect(modified('/srv/planted')).toEqual(then);
  });

  test('a mirrored directory has the time of the image directory', async () => {
    await using shop = await workshop({ 'srv/a': 'x' });
    await shop.run({ '/srv/': 'tmpfs', '/srv/new/below': 'persistent', '/srv/a': 'tmpfs' });
    const modified = (path: string) => lstatSync(join(shop.root, path)).mtime;
    expect(modified('/.default/srv')).toEqual(modified('/srv'));
  });

  test('the umask does not count for what is made', async () => {
    await using shop = await workshop();
    const before = process.umask(0o077);
    try {
      await shop.run({ '/srv/file': 'tmpfs', '/srv/dir/': 'link' });
    } finally {
      process.umask(before);
    }
    const looks = Object.values(shop.list()).filter((look) => !look.startsWith('->'));
    expect(looks.filter((look) => !/^(?:dir 755|file 644)/u.test(look))).toEqual([]);
  });
});

describe('/etc/fstab', () => {
  const line = 'compute_x86_64   /   tmpfs   defaults,rw,noatime 0 1\n';

  test('keeps its owner, its mode and bytes that are no UTF-8', async () => {
    await using shop = await workshop({ 'etc/fstab': { text: line, mode: 0o640, gid: 5 } });
    const fstab = join(shop.root, 'etc/fstab');
    writeFileSync(fstab, Buffer.concat([Buffer.from(line), Buffer.from([0x23, 0xff, 0x0a])]));
    await shop.run({});
    const changed = line.replace('rw', 'ro');
    expect(readFileSync(fstab, 'latin1')).toBe(`${changed}#\u00FF\n`);
    expect(lstatSync(fstab)).toMatchObject({ mode: 0o100640, gid: 5 });
  });

  test.for(['tmpfs', 'link', 'ro'])('is read-only in /.default too, as %s', async (option) => {
    await using shop = await workshop({ 'etc/fstab': line });
    const changed = `file 644 ${JSON.stringify(line.replace('rw', 'ro'))}`;
    await shop.run({ '/etc/fstab': option });
    expect(shop.look('/.default/etc/fstab')).toBe(changed);
    await shop.run({});
    expect(shop.look('/etc/fstab')).toBe(changed);
  });

  test('is left alone if it is no file', async () => {
    await using shop = await workshop();
    execFileSync('mkfifo', [join(shop.root, 'etc/fstab')]);
    await shop.run({});
    expect(lstatSync(join(shop.root, 'etc/fstab')).isFIFO()).toBe(true);
  });
});

describe('/xcatpost', () => {
  test.for(['tmpfs', 'link', 'ro'])(
    'has the postscripts also where nodes get it from, as %s, and keeps what else is there',
    async (option) => {
      await using shop = await workshop({ 'xcatpost/mine': 'mine' });
      plantTree(shop.directory, {
        'postscripts/one': { text: '1', mode: 0o755 },
        'postscripts/sub/two': '2',
        'postscripts/alias': { link: 'one' },
      });
      await shop.run({ '/xcatpost/': option });
      const looks = ['mine', 'one', 'sub/two', 'alias'].map((name) =>
        shop.look(`/.default/xcatpost/${name}`),
      );
      expect(looks).toEqual(['file 644 "mine"', 'file 755 "1"', 'file 644 "2"', '-> one']);
      const prepared = shop.list('everything');
      await shop.run({ '/xcatpost/': option });
      expect(shop.list('everything')).toEqual(prepared);
      plantTree(shop.directory, { 'postscripts/one': 'newer' });
      await shop.run({ '/xcatpost/': option });
      expect(shop.look('/.default/xcatpost/one')).toBe('file 755 "newer"');
    },
  );

  test('comes from a directory that may be behind a link of the management node', async () => {
    await using shop = await workshop();
    plantTree(shop.directory, { 'real/one': '1', postscripts: { link: 'real' } });
    await shop.run({});
    expect(shop.look('/xcatpost/one')).toBe('file 644 "1"');
  });
});
