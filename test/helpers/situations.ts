import type { Plan } from '../../agent/plan/plan.ts';
import type { Situation, StoreState } from '../../agent/plan/situation.ts';
import { describe } from '../../agent/plan/step.ts';
import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { parseLocation } from '../../agent/protocol/location.ts';
import { entriesOf } from '../../agent/rules/entries.ts';
import { mountPointOf } from '../../agent/rules/layout.ts';
import type { Tree } from '../../agent/rules/litetree.ts';
import { preparedImage } from './prepared-image.ts';
import { type MemoryTree, memoryView } from './views.ts';

export interface Wishes {
  readonly rows: readonly LitefileRow[];
  /** The image before liteimg. */
  readonly image?: MemoryTree;
  /** The rows liteimg was run with, if they are not the node's. */
  readonly liteimg?: readonly LitefileRow[];
  /** What the image holds now, on top of what liteimg left. */
  readonly changed?: MemoryTree;
  /** By location, in search order. */
  readonly trees?: Readonly<Record<string, MemoryTree>>;
  readonly missingTrees?: readonly string[];
  /** Mounted and empty if not given. */
  readonly persistent?: StoreState;
  readonly localdisk?: StoreState;
}

/** A node before its entries are placed: image prepared, trees and stores mounted, all in memory. */
export function situationOf(wishes: Wishes): Situation {
  const { rows, image = {}, liteimg = rows, changed = {}, trees = {} } = wishes;
  const prepared = preparedImage(liteimg, image);
  const view = memoryView({ ...prepared.image, ...changed });
  return {
    entries: entriesOf(rows, view, prepared.saved),
    saved: prepared.saved,
    image: view,
    trees: Object.entries(trees).map(([location, tree]) => ({
      tree: treeAt(location),
      root: mountPointOf(treeAt(location)),
      view: memoryView(tree),
    })),
    missingTrees: (wishes.missingTrees ?? []).map(treeAt),
    persistent: wishes.persistent ?? store(),
    localdisk: wishes.localdisk ?? store(),
  };
}

function treeAt(location: string): Tree {
  return { ...parseLocation(location), options: [], optional: true, priority: 1 };
}

/** A mounted store; without lists it is one that statelite has never seen. */
export function store(
  tree: MemoryTree = {},
  lists: { readonly filled?: readonly string[]; readonly made?: readonly string[] } = {},
): StoreState {
  return {
    state: 'mounted',
    view: memoryView(tree),
    filled: lists.filled === undefined ? undefined : new Set(lists.filled),
    made: new Set(lists.made),
  };
}

/** A store's usual state after its first boot: lists, nothing filled. */
export const listedStore = store({}, { filled: [] });

/** The steps in words, without what every plan begins with and, by default, the lists. */
export function told({ steps }: Pick<Plan, 'steps'>, what: 'all' | 'but records' = 'but records') {
  return steps
    .slice(1)
    .filter(({ kind }) => what === 'all' || kind !== 'record')
    .map((step) =>
      describe(step)
        .replaceAll('/.statelite/tmpfs/', 'T/')
        .replaceAll('/.statelite/persistent/', 'P/')
        .replaceAll('/.sllocal/localmnt/', 'L/')
        .replaceAll('/.statelite/mnt/mn/', 'mn:')
        .replaceAll('/.default/', 'D/'),
    );
}

/** Notices as `level: message`. */
export function noticed({ notices }: Pick<Plan, 'notices'>): string[] {
  return notices.map(({ level, message }) => `${level}: ${message}`);
}
