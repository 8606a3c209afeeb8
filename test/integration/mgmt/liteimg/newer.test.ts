import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../../helpers/rows.ts';
import type { Planted } from '../../../helpers/tree.ts';
import { type Table, type Workshop, workshop } from './workshop.ts';

/** Replaces what stands at a path, as a package manager or an administrator would. */
function replace(shop: Workshop, path: string, by: Readonly<Record<string, Planted>>): void {
  shop.remove(path);
  shop.plant(by);
}

describe('links that took the place of planted ones (semantics 4.2)', () => {
  test('what a link to a file leads to becomes the original, the link is kept', async () => {
    await using shop = await workshop({ 'srv/conf': 'old', 'srv/other': 'other' });
    await shop.run({ '/srv/conf': 'link' });
    replace(shop, '/srv/conf', { 'srv/conf': { link: 'other' } });
    await shop.run({ '/srv/conf': 'link' });
    expect(shop.look('/.default/srv/conf')).toBe('file 644 "other"');
    await shop.run({});
    expect(shop.look('/srv/conf')).toBe('-> other');
  });

  test('what a link to a directory leads to is laid over the original', async () => {
    await using shop = await workshop({ 'srv/data/old': 'old', 'srv/other/new': 'new' });
    await shop.run({ '/srv/data/': 'link' });
    replace(shop, '/srv/data', { 'srv/data': { link: 'other' } });
    await shop.run({ '/srv/data/': 'link' });
    expect(shop.look('/.default/srv/data/old')).toBe('file 644 "old"');
    expect(shop.look('/.default/srv/data/new')).toBe('file 644 "new"');
    await shop.run({});
    expect(shop.look('/srv/data/old')).toBe('file 644 "old"');
  });

  test('one that is the same as the original needs no word when the row is gone', async () => {
    await using shop = await workshop({ 'srv/conf': 'same', 'srv/other': 'same' });
    await shop.run({ '/srv/conf': 'link' });
    replace(shop, '/srv/conf', { 'srv/conf': { link: 'other' } });
    await shop.run({});
    expect(shop.look('/srv/conf')).toBe('-> other');
    expect(shop.look('/.default/srv')).toBeUndefined();
  });
});

const losing: readonly {
  readonly what: string;
  readonly place: string;
  readonly by: Readonly<Record<string, Planted>>;
  readonly next: Table;
  readonly original: string;
}[] = [
  {
    what: 'a file where a directory was planted',
    place: '/srv/data',
    by: { 'srv/data': 'file' },
    next: { '/srv/data': 'link' },
    original: '/.default/srv/data',
  },
  {
    what: 'a file where a directory was planted, and no row any more',
    place: '/srv/data',
    by: { 'srv/data': 'file' },
    next: {},
    original: '/.default/srv/data',
  },
  {
    what: 'a file in a directory, where the original has a directory',
    place: '/srv/data',
    by: { 'srv/data/sub': 'file' },
    next: { '/srv/data/': 'link' },
    original: '/.default/srv/data/sub',
  },
  {
    what: 'a link elsewhere, and no row any more',
    place: '/srv/data',
    by: { 'srv/data': { link: '../etc' } },
    next: {},
    original: '/.default/srv/data',
  },
  {
    what: 'a link where the directory above was',
    place: '/srv',
    by: { srv: { link: 'etc' } },
    next: {},
    original: '/.default/srv/data',
  },
  {
    what: 'a file where the directory above was',
    place: '/srv',
    by: { srv: 'file' },
    next: {},
    original: '/.default/srv/data',
  },
];

describe('what would take an original away is refused before the first change (semantics 4.4)', () => {
  test.for(losing)('$what', async ({ place, by, next, original }) => {
    await using shop = await workshop({ 'srv/data/sub/file': 'x' });
    await shop.run({ '/srv/data/': 'link' });
    replace(shop, place, by);
    const before = shop.list('everything');
    await expect(shop.run(next)).rejects.toThrow(failure('ERR_STATELITE_IMAGE', original));
    expect(shop.list('everything')).toEqual(before);
    shop.remove(original);
    await shop.run(next);
  });
});

describe('stand-ins of links (semantics 4.2)', () => {
  const image: Readonly<Record<string, Planted>> = {
    'srv/alias': { link: 'real' },
    'srv/real': 'real',
  };

  test('a file that somebody put there is newer: it is mirrored, and stays', async () => {
    await using shop = await workshop(image);
    await shop.run({ '/srv/alias': 'tmpfs' });
    shop.plant({ 'srv/alias': 'newer' });
    await shop.run({ '/srv/alias': 'tmpfs' });
    expect(shop.look('/.default/srv/alias')).toBe('file 644 "newer"');
    const { notes } = await shop.run({});
    expect(shop.look('/srv/alias')).toBe('file 644 "newer"');
    expect(notes).toEqual([expect.stringContaining('real')]);
    expect(shop.look('/.default.links/srv')).toBeUndefined();
  });

  test('a link that somebody put there is the one that is kept', async () => {
    await using shop = await workshop({ ...image, 'srv/other': 'other' });
    await shop.run({ '/srv/alias': 'tmpfs' });
    replace(shop, '/srv/alias', { 'srv/alias': { link: 'other' } });
    await shop.run({ '/srv/alias': 'tmpfs' });
    expect(shop.look('/.default/srv/alias')).toBe('file 644 "other"');
    expect(shop.look('/.default.links/srv/alias')).toBe('-> other');
  });

  test('one that was removed comes back as the link when the row is gone', async () => {
    await using shop = await workshop(image);
    await shop.run({ '/srv/alias': 'tmpfs' });
    shop.remove('/srv/alias');
    await shop.run({});
    expect(shop.look('/srv/alias')).toBe('-> real');
  });

  test('a copy with another mode counts as changed', async () => {
    await using shop = await workshop(image);
    await shop.run({ '/srv/alias': 'link' });
    chmodSync(join(shop.root, '.default/srv/alias'), 0o600);
    await shop.run({});
    expect(shop.look('/srv/alias')).toBe('file 600 "real"');
  });

  test('stay where the link leads back to them: there is no other copy', async () => {
    await using shop = await workshop({ 'srv/alias': { link: 'real' } });
    await shop.run({ '/srv/alias': 'tmpfs' });
    shop.plant({ 'srv/real': { link: 'alias' }, 'srv/alias': 'mine' });
    await shop.run({});
    expect(shop.look('/srv/alias')).toBe('file 644 "mine"');
  });

  test('follow the link when it leads to something now that it dangled before', async () => {
    await using shop = await workshop({ 'srv/alias': { link: 'real' } });
    await shop.run({ '/srv/alias': 'tmpfs' });
    shop.plant({ 'srv/real/file': 'x' });
    await shop.run({ '/srv/alias': 'tmpfs' });
    expect(shop.look('/srv/alias')).toBe('dir 755');
    expect(shop.look('/.default/srv/alias/file')).toBe('file 644 "x"');
  });
});

describe('types that change (semantics 1.3, 4.4)', () => {
  const directions: readonly (readonly [string, string, string])[] = [
    ['tmpfs', '/srv/x', '/srv/x/'],
    ['tmpfs', '/srv/x/', '/srv/x'],
    ['link', '/srv/x', '/srv/x/'],
    ['link', '/srv/x/', '/srv/x'],
  ];

  test.for(directions)('what was made for a %s row %s is made anew for %s', async (given) => {
    const [option, from, to] = given;
    await using shop = await workshop();
    await shop.run({ [from]: option });
    await shop.run({ [to]: option });
    const looks = to.endsWith('/') ? 'dir 755' : 'file 644 ""';
    expect(shop.look('/.default/srv/x')).toBe(looks);
  });

  test.for(['tmpfs', 'link'])(
    'what was filled for a %s row is what the image has',
    async (option) => {
      await using shop = await workshop();
      await shop.run({ '/srv/x': option });
      shop.plant({ 'srv/x': 'filled' });
      await expect(shop.run({ '/srv/x/': option })).rejects.toThrow(
        failure('ERR_STATELITE_TABLE', '/srv/x/'),
      );
      expect(shop.look('/.default/srv/x')).toMatch(/^file/u);
    },
  );

  test.for(['tmpfs', 'ro', 'link'])(
    'an original that the administrator replaced by a directory is one: %s',
    async (option) => {
      await using shop = await workshop({ 'srv/x': 'file' });
      await shop.run({ '/srv/x': option });
      replace(shop, '/srv/x', { 'srv/x/in': 'it' });
      await shop.run({ '/srv/x': option });
      expect(shop.look('/.default/srv/x/in')).toBe('file 644 "it"');
      await shop.run({});
      expect(shop.look('/srv/x/in')).toBe('file 644 "it"');
    },
  );
});
