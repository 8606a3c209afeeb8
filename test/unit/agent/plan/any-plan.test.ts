import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import {
  anyPlainTree,
  anyRows,
  anySaneImage,
  attempt,
  shuffled,
} from '../../../helpers/arbitrary.ts';
import { row } from '../../../helpers/rows.ts';
import { listedStore, noticed, situationOf, store, told } from '../../../helpers/situations.ts';
import { countingView, memoryView } from '../../../helpers/views.ts';

describe('the whole plan', () => {
  const anySituation = fc.tuple(anySaneImage, anyRows, anyPlainTree, anyPlainTree, anyPlainTree);

  test('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(anySituation, fc.nat(), ([image, rows, one, two, kept], seed) => {
        const planned = (table: typeof rows) =>
          attempt(() =>
            plan(
              situationOf({
                rows: table,
                image,
                trees: { 'mn:/one': one, 'mn:/two': two },
                persistent: store(kept, { filled: [] }),
              }),
            ),
          );
        const words = (decided: ReturnType<typeof planned>) =>
          decided && [...told(decided, 'all'), JSON.stringify(decided.counts)];
        expect(words(planned(shuffled(rows, seed)))).toEqual(words(planned(rows)));
      }),
    );
  });

  test('serves every row of an image that was made for it', () => {
    fc.assert(
      fc.property(anySituation, ([image, rows, one, two]) => {
        const situation = attempt(() =>
          situationOf({
            rows,
            image,
            trees: { 'mn:/one': one, 'mn:/two': two },
            persistent: listedStore,
          }),
        );
        fc.pre(situation !== undefined);
        const decided = plan(situation);
        expect(noticed(decided).filter((notice) => notice.startsWith('degraded'))).toEqual([]);
        const served = Object.values(decided.counts).reduce((sum, count) => sum + count, 0);
        expect(served).toBe(situation.entries.entries.size);
      }),
    );
  });

  test('asks about as much for each of 4,000 rows as for each of 400', () => {
    const [few, many] = [perRow(400), perRow(4000)];
    expect(many).toBeLessThan(few * 1.1);
    expect(many).toBeLessThan(40);
  });
});

/** How often the views are asked for each of so many rows. */
function perRow(count: number): number {
  const rows = Array.from({ length: count }, (_, n) =>
    row(`/srv/d${n % 40}/e${n}/f`, n % 2 === 0 ? 'tmpfs' : 'persistent'),
  );
  const files = rows.flatMap(({ file }) => [file, `/.default${file}`]);
  const image = countingView(memoryView(Object.fromEntries(files.map((file) => [file, 'x']))));
  const entries = entriesOf(rows, image, nothingSaved);
  const nothing = situationOf({ rows: [], trees: { 'mn:/one': {} } });
  const trees = nothing.trees.map((tree) => ({ ...tree, view: countingView(tree.view) }));
  const { steps } = plan({ ...nothing, entries, image, trees, persistent: listedStore });
  expect(steps.length).toBeGreaterThan(count * 2);
  return (image.calls() + trees.reduce((sum, { view }) => sum + view.calls(), 0)) / count;
}
