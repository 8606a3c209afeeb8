import { lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { entriesOf } from '../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../agent/rules/save.ts';
import { anyPlainTree, anyRows, attempt, signed } from '../../helpers/arbitrary.ts';
import { boots, plantCase } from '../../helpers/boots.ts';
import { anyRenaming, renamedRows, renamedTree } from '../../helpers/hostile.ts';
import { referenceNode } from '../../helpers/reference-node.ts';
import type { Tree } from '../../helpers/snapshot.ts';
import { tempRoot } from '../../helpers/tree.ts';
import { memoryView } from '../../helpers/views.ts';

/** Rows of one specificity, one for each path; every second case has hostile names. */
const anyCase = fc
  .record({
    rows: anyRows,
    image: anyPlainTree,
    one: anyPlainTree,
    two: anyPlainTree,
    names: fc.option(anyRenaming, { freq: 2 }),
  })
  .map(({ rows, image, one, two, names }) => {
    const byPath = new Map(rows.map((row) => [row.file.replace(/\/$/u, ''), row]));
    const table = [...byPath.values()].map((row) => ({ ...row, specificity: 'ALL' as const }));
    const [own, first, second] = Object.entries({ image, one, two }).map(([name, tree]) =>
      signed(names === null ? tree : renamedTree(tree, names), name),
    );
    return {
      rows: names === null ? table : renamedRows(table, names),
      image: own ?? {},
      trees: { one: first ?? {}, two: second ?? {} },
    };
  });

const owners = { one: 101, two: 102, image: 100 } as const;

function give(directory: string, owner: number): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(directory, name), owner, owner);
  }
}

/**
 * A store's objects with owner, mode, inode and time, but for what may be written again: its lists,
 * and the times of directories, which those that hold only listed entries are lent at every boot.
 */
function lasting(store: Tree): Tree {
  const objects = Object.entries(store).map(([path, told]) => {
    if (path.startsWith('/.statelite.')) return [path, told.slice(0, told.lastIndexOf('\n') + 1)];
    return [path, told.replace(/^(dir \d+ \d+ \d+) \d+/u, '$1')];
  });
  return Object.fromEntries(objects);
}

test('2, 3 a node shows what the rules say, with the owners they say, and so does its next boot', async () => {
  await using temp = await tempRoot();
  const cases = fc.sample(anyCase, { seed: 36, numRuns: 100 }).flatMap((given, index) => {
    const entries = attempt(() => entriesOf(given.rows, memoryView(given.image), nothingSaved));
    if (entries === undefined || entries.entries.size === 0) return [];
    return [{ ...given, at: join(temp.path, String(index)), look: [...entries.entries.keys()] }];
  });
  expect(cases.length).toBeGreaterThan(40);

  const list = cases.map((given) => ({ ...plantCase(given.at, given), look: given.look }));
  for (const { at } of cases) {
    give(join(at, 'root'), owners.image);
    give(join(at, 'trees/one'), owners.one);
    give(join(at, 'trees/two'), owners.two);
  }
  const results = await boots([...list, ...list]);

  for (const [index, { rows, image, trees, look }] of cases.entries()) {
    const [first, second] = [results[index], results[index + list.length]];
    const story = JSON.stringify({ rows, image, trees }, null, 1);
    expect([
      first?.failure,
      first?.notices.filter((told) => told.startsWith('degraded')),
      story,
    ]).toEqual([null, [], story]);
    const reference = referenceNode(rows, image, [trees.one, trees.two]);
    for (const path of look) {
      const { content, lender, writable } = reference(path);
      const owner = { 0: owners.one, 1: owners.two, image: owners.image, nobody: 0 }[
        String(lender)
      ];
      const seen = first?.seen[path];
      const shown = { content: seen?.content, owner: seen?.owner, writable: seen?.writable };
      expect({ path, ...shown, story }).toEqual({
        path,
        content,
        owner: `${owner}:${owner}`,
        writable,
        story,
      });
    }
    expect(second?.seen).toEqual(first?.seen);
    for (const store of ['persistent', 'localdisk'] as const) {
      expect([lasting(second?.stores[store] ?? {}), story]).toEqual([
        lasting(first?.stores[store] ?? {}),
        story,
      ]);
    }
  }
});
