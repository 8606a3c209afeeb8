import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyImage, anyRows, attempt } from '../../helpers/arbitrary.ts';
import { type Boot, boots, plantCase } from '../../helpers/boots.ts';
import { row } from '../../helpers/rows.ts';
import { snapshot } from '../../helpers/snapshot.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';
import type { MemoryTree } from '../../helpers/views.ts';

const secret = 'the canary sings';

/** A tree of which some files are links out of it, by number. */
const anyTrapped = fc.tuple(anyImage, fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 8 }));

/** Links to the canary: as this machine, and as a careless program on the node, would find it. */
function waysOut(canary: string): string[] {
  const up = '../'.repeat(20);
  return ['', '/secret', '/dir', '/dir/a'].flatMap((end) => [
    `-> ${canary}${end}`,
    `-> ${up}${canary.slice(1)}${end}`,
  ]);
}

function withWaysOut(
  [tree, choices]: readonly [MemoryTree, readonly number[]],
  ways: readonly string[],
): MemoryTree {
  const objects = Object.entries(tree).map(([path, content], index) => {
    const way = ways[choices[index % choices.length] ?? 0] ?? '';
    return [path, content === 'text' ? way : content];
  });
  return Object.fromEntries(objects);
}

const anyCase = fc.record({
  rows: fc.oneof(
    anyRows,
    anyRows.map((rows) => rows.map(({ file }) => row(file, 'persistent'))),
  ),
  image: anyTrapped,
  one: anyTrapped,
  two: anyTrapped,
  persistent: anyTrapped,
  localdisk: anyTrapped,
});

test('2.1, 3.1 whatever links lead out of the image, the trees and the stores, a canary beside them stays untouched and unseen', async () => {
  await using temp = await tempRoot();
  const canary = join(temp.path, 'canary');
  plantTree(canary, {
    '/secret': secret,
    '/dir/a': secret,
    '/dir/b/c': secret,
    '/empty': { dir: 0o700 },
  });
  const before = snapshot(canary, 'full');
  const ways = waysOut(canary);
  const list = fc.sample(anyCase, { seed: 21, numRuns: 80 }).flatMap((given, index): Boot[] => {
    const at = join(temp.path, String(index));
    const planted = attempt(() =>
      plantCase(at, {
        rows: given.rows,
        image: withWaysOut(given.image, ways),
        trees: { one: withWaysOut(given.one, ways), two: withWaysOut(given.two, ways) },
        persistent: withWaysOut(given.persistent, ways),
        localdisk: withWaysOut(given.localdisk, ways),
      }),
    );
    if (planted === undefined) return [];
    return [{ ...planted, look: ['/'] }];
  });
  const results = await boots(list);

  expect(snapshot(canary, 'full')).toEqual(before);
  for (const [index, result] of results.entries()) {
    const told = JSON.stringify([result.seen, result.stores, list[index]?.rows]);
    expect(told).not.toContain(secret);
  }
  const done = results.filter(({ failure }) => failure === null);
  expect(done.length).toBeGreaterThan(15);
  expect(done.filter(({ steps }) => steps.length > 3).length).toBeGreaterThan(10);
});
