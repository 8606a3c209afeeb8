import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import { StateliteError } from '../../../../agent/errors.ts';
import { anyImage, anyRows, anySaneImage } from '../../../helpers/arbitrary.ts';
import type { MemoryTree } from '../../../helpers/views.ts';
import { onDisk } from './any-image.ts';
import { listing, type Workshop, workshop } from './workshop.ts';

/** Enough to meet most shapes; raise it to look for more. */
const numRuns = 100;

/** Runs a table that may be refused. */
async function attempt(shop: Workshop, rows: readonly LitefileRow[]): Promise<boolean> {
  try {
    await shop.runRows(rows);
    return true;
  } catch (error) {
    if (error instanceof StateliteError) return false;
    throw error;
  }
}

async function fresh(image: MemoryTree, rows: readonly LitefileRow[]): Promise<unknown> {
  await using shop = await workshop(onDisk(image));
  await shop.runRows(rows);
  return shop.list();
}

describe('whatever the image and the tables are', () => {
  test('a refused table changes nothing, an accepted one nothing more at the second run', async () => {
    await fc.assert(
      fc.asyncProperty(anyImage, anyRows, async (image, rows) => {
        await using shop = await workshop(onDisk(image));
        const untouched = shop.list('everything');
        const sentinel = listing(shop.outside, 'everything');
        if (await attempt(shop, rows)) {
          const prepared = shop.list('everything');
          await shop.runRows(rows);
          expect(shop.list('everything')).toEqual(prepared);
        } else {
          expect(shop.list('everything')).toEqual(untouched);
        }
        expect(listing(shop.outside, 'everything')).toEqual(sentinel);
      }),
      { numRuns },
    );
  });

  test('the tables of earlier runs leave no trace', async () => {
    const anyTables = fc.array(anyRows, { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anySaneImage, anyTables, async (image, tables) => {
        await using shop = await workshop(onDisk(image));
        for (const rows of tables) {
          if (await attempt(shop, rows)) expect(shop.list()).toEqual(await fresh(image, rows));
        }
      }),
      { numRuns },
    );
  });

  test('an empty table gives the image back', async () => {
    await fc.assert(
      fc.asyncProperty(anySaneImage, anyRows, async (image, rows) => {
        await using shop = await workshop(onDisk(image));
        await attempt(shop, rows);
        await shop.runRows([]);
        expect(shop.list()).toEqual(await fresh(image, []));
      }),
      { numRuns },
    );
  });
});
