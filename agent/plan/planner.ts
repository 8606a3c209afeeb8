import type { Entry } from '../rules/entries.ts';
import { ancestors } from '../rules/path.ts';
import type { Listed } from './fill.ts';
import { keptStores, type KeptStores } from './kept.ts';
import type { Placed } from './placement.ts';
import type { Notice, Situation } from './situation.ts';

/** What a plan knows while it grows, parents first. */
export interface Planner {
  readonly situation: Situation;
  readonly listed: Listed;
  /** Listed paths below a directory; what liteimg made at or below one. */
  readonly listedBelow: ReadonlyMap<string, readonly string[]>;
  readonly madeWithin: ReadonlyMap<string, readonly string[]>;
  readonly kept: KeptStores;
  readonly placed: Map<string, Placed>;
  /** Entries of kept stores that are volatile this time. */
  readonly volatile: Set<Entry>;
  readonly notices: Notice[];
}

/** Nothing is placed yet. */
export function startPlan(situation: Situation): Planner {
  const paths = [...situation.entries.entries.keys()];
  const listedBelow = byAncestor(paths, (path) => ancestors(path));
  const listed = { paths: new Set(paths), above: new Set(listedBelow.keys()) };
  return {
    situation,
    listed,
    listedBelow,
    madeWithin: byAncestor(situation.saved.made.keys(), (path) => [path, ...ancestors(path)]),
    kept: keptStores(situation, listed),
    placed: new Map(),
    volatile: new Set(),
    notices: [],
  };
}

function byAncestor(
  paths: Iterable<string>,
  of: (path: string) => Iterable<string>,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    for (const directory of of(path)) {
      const group = groups.get(directory);
      if (group === undefined) groups.set(directory, [path]);
      else group.push(path);
    }
  }
  return groups;
}
