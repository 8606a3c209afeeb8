import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { ancestors } from '../../../../agent/rules/path.ts';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import type { Change } from '../../../../mgmt/image/liteimg/changes.ts';
import type { LiteimgResult } from '../../../../mgmt/image/liteimg/liteimg.ts';
import { anyImage, anyPath, anyRows } from '../../../helpers/arbitrary.ts';
import { rowsOf, type Workshop, workshop } from './workshop.ts';
import { onDisk } from './any-image.ts';

/** Enough to meet most shapes; raise it to look for more. */
const numRuns = 60;

/** Where liteimg keeps things of its own for a path, longest first. */
const areas = ['/.statelite/tmpfs', '/.default.links', '/.default'];
const own = ['/', '/.statelite', '/.statelite/litefile.save', '/.sllocal', '/xcatpost', ...areas];

/** What a table does or why it is refused. */
async function outcomeOf(run: Promise<LiteimgResult>): Promise<LiteimgResult | string> {
  try {
    return await run;
  } catch (error) {
    if (error instanceof StateliteError) return error.message;
    throw error;
  }
}

/** Changed objects that are neither at, below nor above a path that the plan names. */
function unnamed(
  before: Record<string, string>,
  after: Record<string, string>,
  plan: readonly Change[],
): string[] {
  const changed = new Set(
    [...Object.keys(before), ...Object.keys(after)].filter(
      (path) =>
        before[path] !== after[path] && !own.includes(path) && !path.startsWith('/.sllocal/'),
    ),
  );
  return [...changed].filter((path) => {
    const area = areas.find((one) => path.startsWith(`${one}/`)) ?? '';
    const at = path.slice(area.length);
    return !plan.some(
      (one) => one.path === at || at.startsWith(`${one.path}/`) || one.path.startsWith(`${at}/`),
    );
  });
}

/** Plans and runs one table; returns in what the plan did not tell the truth. */
async function liesOf(shop: Workshop, rows: readonly LitefileRow[]): Promise<string[]> {
  const before = shop.list('everything');
  const plan = await outcomeOf(shop.planRows(rows));
  const lies = isDeepStrictEqual(shop.list('everything'), before) ? [] : ['it changed something'];
  if (!isDeepStrictEqual(await outcomeOf(shop.runRows(rows)), plan)) lies.push('the run did other');
  const after = shop.list('everything');
  const changes = typeof plan === 'string' ? [] : plan.changes;
  if (changes.length > 0 === isDeepStrictEqual(before, after)) lies.push('nothing to do, or not');
  return [...lies, ...unnamed(before, after, changes)];
}

describe('a dry run, whatever the image and the tables are', () => {
  test('changes nothing, and names what the run then changes, table after table', async () => {
    const anyTables = fc.array(anyRows, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anyImage, anyTables, async (image, tables) => {
        await using shop = await workshop(onDisk(image));
        for (const rows of [...tables, tables.at(-1) ?? []]) {
          expect(await liesOf(shop, rows)).toEqual([]);
        }
      }),
      { numRuns },
    );
  });

  test('names it, too, when somebody changed the image between the runs', async () => {
    const anyMess = fc.array(fc.tuple(anyPath, fc.constantFrom('text', 'gone', 'link')), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(anyImage, anyRows, anyMess, anyRows, async (image, rows, mess, others) => {
        await using shop = await workshop(onDisk(image));
        await outcomeOf(shop.runRows(rows));
        for (const [path, what] of mess) disturb(shop, path, what);
        expect(await liesOf(shop, rows)).toEqual([]);
        expect(await liesOf(shop, others)).toEqual([]);
      }),
      { numRuns },
    );
  });
});

/** What a package manager or an administrator does, where that is possible. */
function disturb(shop: Workshop, path: string, what: string): void {
  const above = [...ancestors(path)].toReversed();
  if (!above.every((one) => shop.look(one)?.startsWith('dir') === true)) return;
  if (shop.look(path) !== undefined) shop.remove(path);
  if (what === 'text') shop.plant({ [path]: 'newer' });
  if (what === 'link') shop.plant({ [path]: { link: '../elsewhere' } });
}

describe('a dry run', () => {
  test('tells for each path what happens', async () => {
    await using shop = await workshop({ 'etc/motd': 'x', 'var/log/old': 'x' });
    const rows = rowsOf({ '/etc/motd': 'link', '/var/log/': 'tmpfs', '/srv/new/dir/': 'ro' });
    const { changes } = await shop.planRows(rows);
    const effects = Object.fromEntries(changes.map((change) => [change.path, change.effects]));
    expect(effects).toMatchObject({
      '/etc/motd': ['original moved', 'planted'],
      '/var/log': ['mirrored'],
      '/srv/new/dir': ['parents made', 'made', 'mirrored'],
      '/.statelite/litefile.save': ['written'],
    });
  });
});
