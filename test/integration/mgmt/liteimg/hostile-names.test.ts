import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import { anyRows, anySaneImage } from '../../../helpers/arbitrary.ts';
import {
  anyRenaming,
  hostileNames,
  refusedNames,
  renamedRows,
  renamedTree,
} from '../../../helpers/hostile.ts';
import { failure, row } from '../../../helpers/rows.ts';
import type { Planted } from '../../../helpers/tree.ts';
import type { MemoryTree } from '../../../helpers/views.ts';
import { listing, type Workshop, workshop } from './workshop.ts';

const options = ['tmpfs', 'link', 'persistent', 'link,persistent', 'ro', 'link,con'];

/** One row for each name, every option in turn. */
const everyName = hostileNames.map((name, index) =>
  row(`/srv/x/${name}`, options[index % options.length]),
);

function onDisk(tree: MemoryTree): Record<string, Planted> {
  const objects = Object.entries(tree).map(([path, content]): [string, Planted] => {
    if (content.startsWith('-> ')) return [path, { link: content.slice(3) }];
    return [path, content === 'dir' ? { dir: 0o755 } : { text: content, mode: 0o640 }];
  });
  return Object.fromEntries(objects);
}

async function attempt(shop: Workshop, rows: readonly LitefileRow[]): Promise<boolean> {
  try {
    await shop.runRows(rows);
    return true;
  } catch (error) {
    if (error instanceof StateliteError) return false;
    throw error;
  }
}

describe('1.2 hostile names in an image', () => {
  test('each is one object: its original is kept, its row served, and an empty table gives all back', async () => {
    const texts = Object.fromEntries(everyName.map(({ file }, index) => [file, `text ${index}`]));
    await using shop = await workshop(texts);
    const before = shop.list();
    const sentinel = listing(shop.outside, 'everything');
    await shop.runRows(everyName);
    for (const [index, { file, options: words }] of everyName.entries()) {
      expect([file, shop.look(`/.default${file}`)]).toEqual([file, `file 644 "text ${index}"`]);
      expect([file, shop.look(file)]).toEqual([
        file,
        words.startsWith('link') ? `-> ../../.statelite/tmpfs${file}` : `file 644 "text ${index}"`,
      ]);
    }
    const prepared = shop.list('everything');
    await shop.runRows(everyName);
    expect(shop.list('everything')).toEqual(prepared);
    await shop.runRows([]);
    expect(shop.list()).toMatchObject(before);
    expect(listing(shop.outside, 'everything')).toEqual(sentinel);
  });

  test('what is missing is made by the same names, and goes again with its row', async () => {
    await using shop = await workshop();
    await shop.runRows(everyName.map((one) => ({ ...one, file: `${one.file}/f` })));
    for (const name of hostileNames) {
      expect([name, shop.look(`/.default/srv/x/${name}/f`)]).toEqual([name, 'file 644 ""']);
    }
    await shop.runRows([]);
    expect(Object.keys(shop.list()).filter((path) => path.startsWith('/srv/x/'))).toEqual([]);
  });

  test.for(refusedNames)('%j is refused before the first change', async (name) => {
    await using shop = await workshop({ '/etc/motd': 'x' });
    const before = shop.list('everything');
    const rows = [row('/etc/motd', 'link'), row(`/etc/${name}/x`, 'link')];
    await expect(shop.runRows(rows)).rejects.toThrow(failure('ERR_STATELITE_ROW'));
    expect(shop.list('everything')).toEqual(before);
  });

  test('a hundred directories deep a row is served like any other', async () => {
    const deep = `/srv${'/d'.repeat(100)}`;
    await using shop = await workshop({ [`${deep}/f`]: 'deep' });
    await shop.runRows([row(`${deep}/f`, 'link')]);
    expect(shop.look(`/.default${deep}/f`)).toBe('file 644 "deep"');
    expect(shop.look(`${deep}/f`)).toBe(`-> ${'../'.repeat(101)}.statelite/tmpfs${deep}/f`);
    await shop.runRows([]);
    expect(shop.look(`${deep}/f`)).toBe('file 644 "deep"');
  });

  test('a refused table changes nothing, an accepted one nothing more at the second run', async () => {
    await fc.assert(
      fc.asyncProperty(anySaneImage, anyRows, anyRenaming, async (image, small, names) => {
        const rows = renamedRows(small, names);
        await using shop = await workshop(onDisk(renamedTree(image, names)));
        const sentinel = listing(shop.outside, 'everything');
        const untouched = shop.list('everything');
        const isTaken = await attempt(shop, rows);
        const prepared = shop.list('everything');
        if (isTaken) await shop.runRows(rows);
        expect(shop.list('everything')).toEqual(isTaken ? prepared : untouched);
        expect(listing(shop.outside, 'everything')).toEqual(sentinel);
      }),
      { numRuns: 40 },
    );
  });
});
