import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { noExlist } from '../../../../mgmt/image/pack/exlist.ts';
import { packRoot } from '../../../../mgmt/image/pack/pack-root.ts';
import { anyRows, anySaneImage } from '../../../helpers/arbitrary.ts';
import { onDisk } from '../liteimg/any-image.ts';
import { listing, type Workshop, workshop } from '../liteimg/workshop.ts';

test('a prepared tree is packed with its originals in their places, and is not touched', async () => {
  await using shop = await workshop({
    'etc/motd': { text: 'hello', mode: 0o640, uid: 5 },
    'etc/ssh/key': 'key',
    'etc/localtime': { link: '../usr/zone' },
    'usr/zone': 'zone',
    'var/log/x': 'x',
  });
  const before = shop.list('times');
  await shop.run({
    '/etc/motd': 'link',
    '/etc/ssh/': 'link',
    '/etc/localtime': 'tmpfs',
    '/var/log/': 'persistent',
    '/new/dir/': 'tmpfs',
  });
  const prepared = shop.list('everything');
  expect(await packedOf(shop)).toEqual(before);
  expect(shop.list('everything')).toEqual(prepared);
});

test('what was changed since liteimg ran is packed as it is now', async () => {
  await using shop = await workshop({ 'etc/ssh/key': 'key', 'etc/motd': 'old' });
  await shop.run({ '/etc/ssh/': 'link', '/etc/motd': 'link' });
  shop.remove('etc/ssh');
  shop.remove('etc/motd');
  shop.plant({ 'etc/ssh/newer': 'newer', 'etc/motd': 'new' });
  const packed = await packedOf(shop);
  expect(packed['/etc/ssh/key']).toContain('"key"');
  expect(packed['/etc/ssh/newer']).toContain('"newer"');
  expect(packed['/etc/motd']).toContain('"new"');
});

test('a tree that liteimg never touched is packed as it is', async () => {
  await using shop = await workshop({ 'etc/motd': 'hello' });
  expect(await packedOf(shop)).toEqual(shop.list('times'));
});

test('whatever image and table are, it is the tree that was there before', async () => {
  await fc.assert(
    fc.asyncProperty(anySaneImage, anyRows, async (image, rows) => {
      await using shop = await workshop(onDisk(image));
      const before = shop.list('times');
      try {
        await shop.runRows(rows);
      } catch (error) {
        if (!(error instanceof StateliteError)) throw error;
        return;
      }
      expect(await packedOf(shop)).toEqual(before);
    }),
    { numRuns: 60 },
  );
}, 60_000);

/** What is in the packed root; liteimg's directories that are empty without it are left out. */
async function packedOf({ directory, root }: Workshop): Promise<Record<string, string>> {
  const output = join(directory, 'packed.tar');
  await packRoot({
    root,
    output,
    exclude: { ...noExlist, exclude: ['./.sllocal*', './xcatpost*'] },
    format: 'tar',
    compression: 'none',
    view: 'before liteimg',
  });
  const unpacked = mkdtempSync(join(directory, 'unpacked-'));
  mkdirSync(join(unpacked, 'root'));
  execFileSync('tar', ['-C', join(unpacked, 'root'), '-xpf', output]);
  const found = listing(join(unpacked, 'root'), 'times');
  rmSync(unpacked, { recursive: true });
  return found;
}
