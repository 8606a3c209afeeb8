import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { entriesOf } from '../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../agent/rules/save.ts';
import { anyImage, anyRows, anySaneImage, attempt, signed } from '../../helpers/arbitrary.ts';
import { boots, plantCase } from '../../helpers/boots.ts';
import { expectedAt } from '../../helpers/expected-node.ts';
import { tempRoot } from '../../helpers/tree.ts';
import { memoryView } from '../../helpers/views.ts';

const anyCase = fc
  .record({ rows: anyRows, image: anySaneImage, one: anyImage, two: anyImage })
  .map(({ rows, image, one, two }) => ({
    rows,
    image: signed(image, 'image'),
    trees: { one: signed(one, 'one'), two: signed(two, 'two') },
  }));

test('2, 3 whatever the table, the image and the trees: the node shows what they say', async () => {
  await using temp = await tempRoot();
  const cases = fc.sample(anyCase, { seed: 20, numRuns: 120 }).flatMap((given, index) => {
    const entries = attempt(() => entriesOf(given.rows, memoryView(given.image), nothingSaved));
    return entries === undefined ? [] : [{ ...given, entries, at: join(temp.path, String(index)) }];
  });
  expect(cases.length).toBeGreaterThan(30);

  const list = cases.map((given) => ({
    ...plantCase(given.at, given),
    look: [...given.entries.entries.keys()],
  }));
  const results = await boots([...list, ...list]);

  for (const [index, { entries, image, trees, rows }] of cases.entries()) {
    const [first, second] = [results[index], results[index + list.length]];
    const story = JSON.stringify({ rows, image, trees }, null, 1);
    expect([
      first?.failure,
      first?.notices.filter((notice) => notice.startsWith('degraded')),
      story,
    ]).toEqual([null, [], story]);
    for (const entry of entries.entries.values()) {
      const expected = expectedAt(entry, entries, image, [trees.one, trees.two]);
      const seen = first?.seen[entry.path]?.content;
      expect({ entry: entry.path, seen, story }).toEqual({
        entry: entry.path,
        seen: expected,
        story,
      });
    }
    expect(second?.seen).toEqual(first?.seen);
  }
});
