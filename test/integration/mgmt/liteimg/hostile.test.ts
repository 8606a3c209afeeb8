import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../../helpers/rows.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { listing, type Table, type Workshop, workshop } from './workshop.ts';

const table: Table = {
  '/etc/motd': 'link',
  '/etc/dir/': 'tmpfs',
  '/srv/conf': 'persistent',
  '/srv/new/dir/': 'link,ro',
};

/** Puts a link where it may already have something. */
function putHostile({ root }: Workshop, path: string, target: string): void {
  rmSync(join(root, path), { recursive: true, force: true });
  plantTree(root, { [path]: { link: target } });
}

/** As seen from the image: to the sentinel directory on this machine. */
const waysOut = (shop: Workshop, path: string, to: string) => [
  `${shop.outside}${to}`,
  `${'../'.repeat(path.split('/').length - 1)}outside${to}`,
  `/../../outside${to}`,
];

const refused = [
  '/.default',
  '/.default.links',
  '/.statelite',
  '/.statelite/tmpfs',
  '/.statelite/litefile.save',
  '/.sllocal',
  '/.sllocal/localmnt',
  '/.default/etc',
  '/.default/srv',
  '/.statelite/tmpfs/etc',
  '/etc',
];

const harmless = ['/xcatpost', '/srv', '/srv/conf', '/srv/new', '/.statelite/liteimg.new'];

describe('links of a hostile image never lead out of it (semantics 4.5)', () => {
  test.for(refused)('%s is refused before the first change', async (path) => {
    await using shop = await workshop();
    const sentinel = listing(shop.outside, 'everything');
    for (const target of waysOut(shop, path, '')) {
      putHostile(shop, path, target);
      const before = shop.list('everything');
      await expect(shop.run(table)).rejects.toThrow(failure('ERR_STATELITE_IMAGE'));
      expect(shop.list('everything')).toEqual(before);
    }
    expect(listing(shop.outside, 'everything')).toEqual(sentinel);
  });

  test.for(harmless)('%s counts from the root of the image', async (path) => {
    await using shop = await workshop();
    plantTree(shop.directory, { 'postscripts/hello': 'x' });
    const sentinel = listing(shop.outside, 'everything');
    for (const target of waysOut(shop, path, '/dir')) {
      putHostile(shop, path, target);
      await shop.run(table);
      await shop.run({});
    }
    expect(listing(shop.outside, 'everything')).toEqual(sentinel);
  });

  test.for(['/etc/fstab', '/etc/motd', '/etc/dir', '/srv/conf', '/.statelite/litefile.save.new'])(
    '%s does not lead to a file outside',
    async (path) => {
      await using shop = await workshop();
      plantTree(shop.outside, { victim: 'compute_x86_64 / tmpfs rw 0 1\n' });
      const sentinel = listing(shop.outside, 'everything');
      for (const target of waysOut(shop, path, '/victim')) {
        putHostile(shop, path, target);
        await shop.run(table);
        await shop.run({});
      }
      expect(listing(shop.outside, 'everything')).toEqual(sentinel);
    },
  );

  test('nothing outside is copied into the image', async () => {
    await using shop = await workshop();
    for (const target of waysOut(shop, '/etc/motd', '/etc/motd')) {
      putHostile(shop, '/etc/motd', target);
      await shop.run(table);
      expect(shop.look('/.default/etc/motd')).toBe('file 644 ""');
      await shop.run({});
    }
  });

  test('the planted link is not followed when its place in /.statelite was redirected', async () => {
    await using shop = await workshop({ 'etc/motd': 'of the image' });
    const sentinel = listing(shop.outside, 'everything');
    await shop.run(table);
    putHostile(shop, '/.statelite/tmpfs/etc/motd', `${shop.outside}/etc/motd`);
    await shop.run(table);
    expect(shop.look('/.statelite/tmpfs/etc/motd')).toBe('-> ../../../.default/etc/motd');
    await shop.run({});
    expect(shop.look('/etc/motd')).toBe('file 644 "of the image"');
    expect(listing(shop.outside, 'everything')).toEqual(sentinel);
  });

  test.for(['/etc/fstab', '/xcatpost', '/etc'])('a loop at %s is refused', async (path) => {
    await using shop = await workshop();
    putHostile(shop, path, path);
    await expect(shop.run(table)).rejects.toThrow(failure('ERR_STATELITE_IMAGE', path));
  });
});
