import * as fc from 'fast-check';
import { plan } from '../../agent/plan/plan.ts';
import type { Situation } from '../../agent/plan/situation.ts';
import type { Step } from '../../agent/plan/step.ts';
import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { layout } from '../../agent/rules/layout.ts';
import { storeOf } from '../../agent/rules/options.ts';
import { isWithin } from '../../agent/rules/path.ts';
import { resolve } from '../../agent/rules/walk.ts';
import { anyImage, anyRows, anySaneImage, attempt, signed } from './arbitrary.ts';
import { anyRenaming, renamedRows, renamedTree } from './hostile.ts';
import { type MemoryNode, memoryNode } from './memory-node.ts';
import { preparedImage } from './prepared-image.ts';
import { situationOf, store } from './situations.ts';
import type { MemoryTree } from './views.ts';

/** What a boot in memory starts from. */
export interface Case {
  readonly rows: readonly LitefileRow[];
  readonly image: MemoryTree;
  readonly one: MemoryTree;
  readonly two: MemoryTree;
  /** What the stores hold before the first boot. */
  readonly kept: MemoryTree;
  readonly disk: MemoryTree;
}

/** In the small world of `anyRows` and `anyImage`. */
const anySmallCase: fc.Arbitrary<Case> = fc.record({
  rows: anyRows,
  image: anySaneImage,
  one: anyImage,
  two: anyImage,
  kept: anyImage,
  disk: anyImage,
});

/** Every file tells where it is from; every second case has hostile names. */
export const anyCase: fc.Arbitrary<Case> = fc
  .tuple(anySmallCase, fc.option(anyRenaming, { freq: 2 }))
  .map(([{ rows, ...trees }, names]) => {
    const tree = (of: keyof typeof trees) =>
      signed(names === null ? trees[of] : renamedTree(trees[of], names), of);
    return {
      rows: names === null ? rows : renamedRows(rows, names),
      image: tree('image'),
      one: tree('one'),
      two: tree('two'),
      kept: tree('kept'),
      disk: tree('disk'),
    };
  });

/** What a boot is to do. */
export interface DecidedBoot {
  readonly situation: Situation;
  readonly steps: readonly Step[];
}

/** A boot that is over, in memory. */
export interface MemoryBoot extends DecidedBoot {
  readonly node: MemoryNode;
  /** What the stores' lists hold now, by store and list. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** Decides and performs all steps in memory, over the stores as a boot before left them. */
export function memoryBoot(given: Case, before?: MemoryBoot): MemoryBoot | undefined {
  const decided = decideBoot(given, before);
  if (decided === undefined) return undefined;
  const [one = '', two = ''] = decided.situation.trees.map(({ root }) => root);
  const node = memoryNode({
    '/': preparedImage(given.rows, given.image).image,
    [one]: given.one,
    [two]: given.two,
    ...storesOf(given, before),
  });
  for (const step of decided.steps) node.perform(step);
  return { ...decided, node, lists: new Map([...(before?.lists ?? []), ...node.lists]) };
}

/**
 * Decides all steps; undefined if the table or a store is refused, or a link in a store leads one
 * entry into the copy of another.
 */
export function decideBoot(given: Case, before?: MemoryBoot): DecidedBoot | undefined {
  const stores = storesOf(given, before);
  const stateOf = (name: 'persistent' | 'localdisk') => {
    const [filled, made] = ['filled', 'made'].map((list) => before?.lists.get(`${name} ${list}`));
    const lists = filled === undefined ? {} : { filled };
    return store(stores[layout[name]], made === undefined ? lists : { ...lists, made });
  };
  const decided = attempt(() => {
    const situation = situationOf({
      rows: given.rows,
      image: given.image,
      trees: { 'mn:/one': given.one, 'mn:/two': given.two },
      persistent: stateOf('persistent'),
      localdisk: stateOf('localdisk'),
    });
    return { situation, steps: plan(situation).steps };
  });
  return decided === undefined || sharesPlace(decided.situation) ? undefined : decided;
}

function storesOf(given: Case, before: MemoryBoot | undefined) {
  return {
    [layout.persistent]: before?.node.objectsOf(layout.persistent) ?? given.kept,
    [layout.localdisk]: before?.node.objectsOf(layout.localdisk) ?? given.disk,
  };
}

/** Whether a link in a store leads an entry into the copy of another, or to all of the store. */
function sharesPlace(situation: Situation): boolean {
  return (['persistent', 'localdisk'] as const).some((name) => {
    const state = situation[name];
    if (state.state !== 'mounted') return false;
    const places = [...situation.entries.entries.values()]
      .filter(({ option }) => storeOf(option) === name)
      .map(({ path }) => ({ path, found: resolve(state.view, path) }))
      .map(({ path, found }) => ({ path, place: 'path' in found ? found.path : path }));
    return places.some((one) =>
      places.some(
        (other) =>
          one.place === '/' ||
          (isWithin(one.place, other.place) && !isWithin(one.path, other.path)),
      ),
    );
  });
}
