import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSave, type Saved } from '../../../../agent/rules/save.ts';
import { type Planted, plantTree } from '../../../helpers/tree.ts';
import { type Workshop, workshop } from './workshop.ts';

const path = '/srv/app/conf';

const links = ['link', 'link,persistent', 'link,ro', 'link,con'] as const;
const mounts = ['tmpfs', 'persistent', 'localdisk', 'ro', 'con'] as const;

interface Shape {
  readonly kind: 'file' | 'dir';
  readonly slash: string;
  readonly is: 'present' | 'missing';
  readonly image: Readonly<Record<string, Planted>>;
  /** What `path` is in the image or, made by liteimg, on its own. */
  readonly looks: string;
}

const shapes: readonly Shape[] = [
  {
    kind: 'file',
    slash: '',
    is: 'present',
    image: { [path]: { text: 'original\n', mode: 0o640, uid: 5, gid: 6 } },
    looks: String.raw`file 640 5:6 "original\n"`,
  },
  { kind: 'file', slash: '', is: 'missing', image: {}, looks: 'file 644 ""' },
  {
    kind: 'dir',
    slash: '/',
    is: 'present',
    image: { [path]: { dir: 0o2750, uid: 5, gid: 6 }, [`${path}/one`]: '1\n' },
    looks: 'dir 2750 5:6',
  },
  { kind: 'dir', slash: '/', is: 'missing', image: {}, looks: 'dir 755' },
];

/** A `con` directory is refused. */
const casesOf = (options: readonly string[]) =>
  shapes.flatMap((shape) =>
    options
      .filter((option) => !(shape.kind === 'dir' && option.endsWith('con')))
      .map((option) => ({ ...shape, option })),
  );

async function savedIn(shop: Workshop): Promise<Saved> {
  return parseSave(await readFile(join(shop.root, '.statelite/litefile.save'), 'utf8'));
}

describe('the layout of a prepared image (semantics 4.1)', () => {
  test.for(casesOf(links))(
    'the original of a $is $kind that is $option is in /.default, two relative links lead there',
    async ({ option, slash, image, looks }) => {
      await using shop = await workshop(image);
      await shop.run({ [path + slash]: option });
      expect(shop.look(path)).toBe('-> ../../.statelite/tmpfs/srv/app/conf');
      expect(shop.look(`/.statelite/tmpfs${path}`)).toBe('-> ../../../../.default/srv/app/conf');
      expect(shop.look(`/.default${path}`)).toBe(looks);
      expect(realpathSync(shop.root + path)).toBe(`${shop.root}/.default${path}`);
    },
  );

  test.for(casesOf(mounts))(
    'a $is $kind that is $option stays in its place and is mirrored to /.default',
    async ({ option, slash, image, looks }) => {
      await using shop = await workshop(image);
      await shop.run({ [path + slash]: option });
      expect(shop.look(path)).toBe(looks);
      expect(shop.look(`/.default${path}`)).toBe(looks);
      expect(shop.look('/.statelite/tmpfs/srv')).toBeUndefined();
    },
  );

  test.for(casesOf([...links, ...mounts]))(
    'litefile.save tells what a $is $kind that is $option became, and what was made for it',
    async ({ option, kind: type, slash, is, image }) => {
      await using shop = await workshop(image);
      await shop.run({ [path + slash]: option });
      const made = { '/srv': 'dir', '/srv/app': 'dir', [path]: type };
      const saved = await savedIn(shop);
      expect(saved.entries).toEqual(new Map([[path, { path, type, option }]]));
      expect(Object.fromEntries(saved.made)).toEqual(is === 'missing' ? made : {});
    },
  );

  test.for([
    { place: '/motd', planted: './.statelite/tmpfs/motd', through: '../../.default/motd' },
    {
      place: '/a/b/c/d',
      planted: '../../../.statelite/tmpfs/a/b/c/d',
      through: '../../../../../.default/a/b/c/d',
    },
  ])('the links of $place count from its directory', async ({ place, planted, through }) => {
    await using shop = await workshop({ [place]: 'x' });
    await shop.run({ [place]: 'link' });
    expect(shop.look(place)).toBe(`-> ${planted}`);
    expect(shop.look(`/.statelite/tmpfs${place}`)).toBe(`-> ${through}`);
  });

  test('below a directory link the links count from the real directory', async () => {
    await using shop = await workshop({
      'srv/deep/down/conf': 'x',
      'srv/alias': { link: 'deep/down' },
    });
    await shop.run({ '/srv/alias/conf': 'link' });
    expect(shop.look('/srv/alias')).toBe('-> deep/down');
    expect(shop.look('/srv/deep/down/conf')).toBe(
      '-> ../../../.statelite/tmpfs/srv/deep/down/conf',
    );
    expect(shop.look('/.default/srv/deep/down/conf')).toBe('file 644 "x"');
  });

  test('directories above a path look in /.default as in the image', async () => {
    await using shop = await workshop({ 'srv/app': { dir: 0o2711, uid: 7 }, [path]: 'x' });
    await shop.run({ [path]: 'tmpfs' });
    expect(shop.look('/.default/srv/app')).toBe('dir 2711 7:0');
  });

  test('directories made above a missing path are 0755 of root, there and in /.default', async () => {
    await using shop = await workshop();
    await shop.run({ [path]: 'link' });
    const made = ['/srv', '/srv/app', '/.default/srv', '/.default/srv/app'];
    expect(made.map((one) => shop.look(one))).toEqual(made.map(() => 'dir 755'));
  });

  test('every image has the directories of statelite and the postscripts', async () => {
    await using shop = await workshop();
    plantTree(shop.directory, { 'postscripts/hello': { text: '#!/bin/sh\n', mode: 0o755 } });
    await shop.run({});
    const own = ['/.default', '/.statelite/tmpfs', '/.sllocal/localmnt', '/.sllocal/log'];
    expect(own.map((one) => shop.look(one))).toEqual(own.map(() => 'dir 755'));
    expect(shop.look('/.statelite/litefile.save')).toBe('file 644 ""');
    expect(shop.look('/xcatpost/hello')).toBe(String.raw`file 755 "#!/bin/sh\n"`);
  });

  test('the line of the root in /etc/fstab becomes read-only, others stay as they are', async () => {
    await using shop = await workshop({
      'etc/fstab': 'proc /proc proc rw 0 0\ncompute_x86_64 / tmpfs rw 0 1\n',
    });
    await shop.run({});
    expect(shop.look('/etc/fstab')).toBe(
      String.raw`file 644 "proc /proc proc rw 0 0\ncompute_x86_64 / tmpfs ro 0 1\n"`,
    );
  });
});

describe('chains of listed directories (semantics 4.3)', () => {
  test('only the topmost link of three is planted, the others are ensured in /.default', async () => {
    await using shop = await workshop({ 'a/b/there': 'x' });
    await shop.run({ '/a/': 'link', '/a/b/': 'link', '/a/b/c': 'link,persistent' });
    expect(shop.look('/a')).toBe('-> ./.statelite/tmpfs/a');
    expect(shop.look('/.statelite/tmpfs/a')).toBe('-> ../../.default/a');
    expect(shop.look('/.default/a/b')).toBe('dir 755');
    expect(shop.look('/.default/a/b/there')).toBe('file 644 "x"');
    expect(shop.look('/.default/a/b/c')).toBe('file 644 ""');
  });

  test('links that are listed beside each other are all planted', async () => {
    await using shop = await workshop({ 'a/one': '1', 'a/two': '2' });
    await shop.run({ '/a/one': 'link', '/a/two': 'link,ro' });
    expect(shop.look('/a/one')).toBe('-> ../.statelite/tmpfs/a/one');
    expect(shop.look('/a/two')).toBe('-> ../.statelite/tmpfs/a/two');
  });
});

describe('/etc/mtab (semantics 1.6)', () => {
  test('a regular file is planted without a row', async () => {
    await using shop = await workshop({ 'etc/mtab': 'x' });
    await shop.run({});
    expect(shop.look('/etc/mtab')).toBe('-> ../.statelite/tmpfs/etc/mtab');
    expect([...(await savedIn(shop)).entries.keys()]).toEqual(['/etc/mtab']);
  });

  test.for([{}, { '/etc/mtab': 'persistent' }])(
    'a symlink stays, also with the rows %j',
    async (table) => {
      await using shop = await workshop({ 'etc/mtab': { link: '../proc/self/mounts' } });
      await shop.run(table);
      expect(shop.look('/etc/mtab')).toBe('-> ../proc/self/mounts');
      expect((await savedIn(shop)).entries.size).toBe(0);
    },
  );
});

describe('hints at mounted files (semantics 3.7)', () => {
  test('several single files are one note', async () => {
    await using shop = await workshop({ 'etc/one': '1', 'etc/two': '2' });
    const { notes } = await shop.run({ '/etc/one': 'tmpfs', '/etc/two': 'persistent' });
    expect(notes).toEqual([expect.stringMatching(/^\/etc\/one and 1 more .* by rename/)]);
  });

  test('links and directories need none', async () => {
    await using shop = await workshop({ 'etc/one': '1', 'etc/dir': { dir: 0o755 } });
    expect((await shop.run({ '/etc/one': 'link', '/etc/dir/': 'tmpfs' })).notes).toEqual([]);
  });
});
