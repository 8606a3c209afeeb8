import { describe, expect, test } from 'vitest';
import type { Planted } from '../../../helpers/tree.ts';
import { listing, type Table, workshop } from './workshop.ts';

const image: Readonly<Record<string, Planted>> = {
  'srv/data/file': 'content',
  'srv/data/more': { link: 'file' },
  'srv/data/sub/deep': 'deep',
  'srv/alias': { link: 'data' },
  usr: { dir: 0o755 },
  'usr/lib/x': 'x',
  lib: { link: 'usr/lib' },
};

const known = new Map<Table, Record<string, string>>();

/** What a run with this table makes of an image that liteimg has not seen. */
async function fresh(table: Table) {
  const before = known.get(table);
  if (before !== undefined) return before;
  await using shop = await workshop(image);
  await shop.run(table);
  known.set(table, shop.list());
  return shop.list();
}

const tables: readonly Table[] = [
  {},
  { '/srv/alias/': 'link' },
  { '/srv/alias/': 'tmpfs' },
  { '/srv/alias/': 'link', '/srv/alias/more': 'link' },
  { '/srv/alias/': 'tmpfs', '/srv/alias/more': 'ro' },
  { '/srv/alias/': 'link', '/srv/alias/sub/new': 'link,persistent' },
  { '/srv/alias/': 'tmpfs', '/srv/alias/sub/new': 'persistent' },
  { '/srv/alias/': 'link', '/srv/data/file': 'link' },
  { '/srv/alias/': 'tmpfs', '/srv/data/': 'link', '/srv/data/more': 'link,con' },
  { '/srv/alias/file': 'tmpfs' },
  { '/srv/data/more': 'link', '/srv/alias': 'ro' },
  { '/lib/': 'link', '/usr/lib/x': 'tmpfs' },
];
const changes = tables.flatMap((from) => tables.map((to) => ({ from, to })));

describe('listed links to directories, and what is listed below them (semantics 1.5, 4.2)', () => {
  test.for(tables)('%j changes nothing at the second run', async (table) => {
    await using shop = await workshop(image);
    await shop.run(table);
    const prepared = shop.list('everything');
    await shop.run(table);
    expect(shop.list('everything')).toEqual(prepared);
  });

  test.for(changes)('from $from to $to is as prepared for the first time', async ({ from, to }) => {
    await using shop = await workshop(image);
    await shop.run(from);
    await shop.run(to);
    expect(shop.list()).toEqual(await fresh(to));
  });

  test('a listed name below a listed link is in /.default only, the stand-in stays empty', async () => {
    await using shop = await workshop(image);
    await shop.run({ '/srv/alias/': 'tmpfs', '/srv/alias/more': 'ro', '/srv/alias/new': 'tmpfs' });
    expect(shop.look('/srv/alias')).toBe('dir 755');
    expect(shop.look('/srv/alias/more')).toBeUndefined();
    expect(shop.look('/.default/srv/alias/more')).toBe('file 644 "content"');
    expect(shop.look('/.default/srv/alias/new')).toBe('file 644 ""');
    expect(shop.look('/srv/data/new')).toBeUndefined();
  });

  test('what a listed link leads to is copied as the image has it, planted or not', async () => {
    await using shop = await workshop(image);
    await shop.run({ '/srv/alias/': 'tmpfs', '/srv/data/file': 'link', '/srv/data/sub/': 'ro' });
    await shop.run({ '/srv/alias/': 'tmpfs', '/srv/data/file': 'link', '/srv/data/sub/': 'ro' });
    expect(shop.look('/.default/srv/alias/file')).toBe('file 644 "content"');
    expect(shop.look('/.default/srv/alias/sub/deep')).toBe('file 644 "deep"');
  });

  test('the mirror of a listed link follows what it leads to', async () => {
    await using shop = await workshop(image);
    await shop.run({ '/srv/alias/': 'tmpfs' });
    shop.plant({ 'srv/data/file': 'newer', 'srv/data/added': 'added' });
    shop.remove('/srv/data/sub');
    await shop.run({ '/srv/alias/': 'tmpfs' });
    const looks = ['file', 'added', 'sub'].map((name) => shop.look(`/.default/srv/alias/${name}`));
    expect(looks).toEqual(['file 644 "newer"', 'file 644 "added"', undefined]);
  });

  test('links to listed links have the original behind both', async () => {
    await using shop = await workshop({ ...image, 'srv/again': { link: 'alias' } });
    const table = { '/srv/alias/': 'tmpfs', '/srv/again/': 'ro' };
    await shop.run(table);
    await shop.run(table);
    expect(shop.look('/.default/srv/again/file')).toBe('file 644 "content"');
  });

  test('a kept absolute link is not followed out of the image', async () => {
    await using shop = await workshop();
    const sentinel = listing(shop.outside, 'everything');
    shop.plant({ 'srv/out': { link: shop.outside }, 'srv/keep': 'x' });
    shop.plant({ [`${shop.outside.slice(1)}/dir/name`]: { link: 'nowhere' } });
    await shop.run({ '/srv/out/': 'link' });
    await shop.run({ '/srv/out/': 'link', '/srv/out/dir/': 'link', '/srv/out/dir/name': 'link' });
    await shop.run({});
    expect(shop.look('/srv/out')).toBe(`-> ${shop.outside}`);
    expect(listing(shop.outside, 'everything')).toEqual(sentinel);
  });
});

describe('directory links above listed paths (semantics 1.5)', () => {
  test.for([
    { link: '/usr/lib', option: 'tmpfs' },
    { link: 'usr/lib', option: 'link' },
    { link: '../../usr/lib', option: 'ro' },
  ])('/lib that leads to $link stays, the entry is below /usr/lib', async ({ link, option }) => {
    await using shop = await workshop({ 'usr/lib/x': 'x', lib: { link } });
    const { entries } = await shop.run({ '/lib/x': option, '/lib/new/': option });
    expect([...entries.entries.keys()]).toEqual(['/usr/lib/new', '/usr/lib/x']);
    expect(shop.look('/lib')).toBe(`-> ${link}`);
    expect(shop.look('/.default/usr/lib/x')).toBe('file 644 "x"');
    expect(shop.look('/.default/lib')).toBeUndefined();
  });

  test('the places behind a dangling link are made, and removed with the row', async () => {
    await using shop = await workshop({ lib: { link: 'usr/lib' } });
    await shop.run({});
    const before = shop.list();
    await shop.run({ '/lib/x': 'tmpfs' });
    expect(shop.look('/usr/lib/x')).toBe('file 644 ""');
    await shop.run({});
    expect(shop.list()).toEqual(before);
  });
});
