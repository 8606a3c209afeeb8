import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Stores } from '../../agent/decide.ts';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { chase } from '../../agent/files/chase.ts';
import { surveyed } from '../../agent/files/survey.ts';
import type { BootAnswer } from '../../agent/protocol/answer.ts';
import { formatLocation } from '../../agent/protocol/location.ts';
import type { Entries } from '../../agent/rules/entries.ts';
import { layout, mountPointOf } from '../../agent/rules/layout.ts';
import { orderTrees, type Tree } from '../../agent/rules/litetree.ts';
import { refuseListedTrees } from '../../agent/rules/local-trees.ts';
import type { System } from '../../agent/system.ts';
import type { CaseInput } from './case.ts';
import { exportsOf, placeOfExport } from './exports.ts';
import { places } from './places.ts';

/** Everything at its place as agent/machine/stores.ts has it, with directories for servers and disks. */
export async function mountStores(
  input: CaseInput,
  { litetree }: BootAnswer,
  entries: Entries,
  system: System,
): Promise<Stores> {
  const trees = orderTrees(litetree);
  await surveyed((look) => refuseListedTrees(trees, entries, look(places.newRoot)));
  for (const store of ['persistent', 'localdisk'] as const) {
    if (input[store] === null) continue;
    const target = join(places.newRoot, layout[store]);
    mkdirSync(target, { recursive: true });
    await system.bind(places[store], target, false);
  }
  const exported = exportsOf(input).map(withoutSlashes);
  const present: Tree[] = [];
  for (const tree of trees) {
    const target = join(places.newRoot, mountPointOf(tree));
    mkdirSync(target, { recursive: true });
    const source =
      tree.server === undefined
        ? await chase(places.newRoot, tree.directory)
        : placeOfExport(exported.indexOf(formatLocation(tree)));
    try {
      await system.bind(source, target, true);
      present.push(tree);
    } catch (cause) {
      if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
      if (!tree.optional) throw unmountable(tree, cause);
    }
  }
  return {
    trees: present.map((tree) => ({ tree, root: mountPointOf(tree) })),
    missingTrees: trees.filter((tree) => !present.includes(tree)),
    persistent: input.persistent === null ? 'none' : 'mounted',
    localdisk: input.localdisk === null ? 'none' : 'mounted',
  };
}

/** As formatLocation() writes it. */
function withoutSlashes(location: string): string {
  return location.replaceAll(/\/{2,}/gu, '/').replace(/(?<=[^:])\/$/u, '');
}

function unmountable(tree: Tree, cause: unknown): StateliteError {
  return new StateliteError('ERR_STATELITE_LITETREE', `cannot mount ${formatLocation(tree)}`, {
    cause,
    hint: 'nofail in litetree.mntopts makes a tree optional',
  });
}
