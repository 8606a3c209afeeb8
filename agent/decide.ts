import { tmpdir } from 'node:os';
import type { ImageRecord } from './files/image-record.ts';
import { readTexts } from './files/read-texts.ts';
import { type Expected, surveyed } from './files/survey.ts';
import { loadNative } from './native/load.ts';
import { plan, type Plan } from './plan/plan.ts';
import type { MountedTree, Situation, StoreState } from './plan/situation.ts';
import { lookFailure } from './remedy.ts';
import { layout } from './rules/layout.ts';
import type { Entries } from './rules/entries.ts';
import { storeOf } from './rules/options.ts';
import type { Tree } from './rules/litetree.ts';
import { nothing } from './rules/view.ts';

/** The stores and trees as they are mounted below the new root, or will be. */
export interface Stores {
  /** In search order; `root` is the mount point, seen from the new root. */
  readonly trees: readonly { readonly tree: Tree; readonly root: string }[];
  readonly missingTrees: readonly Tree[];
  readonly persistent: 'none' | 'volatile' | 'mounted';
  readonly localdisk: 'none' | 'mounted';
}

/**
 * The directory of this machine where a root of the plan can be looked at: `/` is the image, the
 * others are mount points below it. What cannot be seen from here (undefined) counts as empty.
 */
export type PlaceOf = (root: string) => string | undefined;

/** Surveys, and decides every step. Nothing is changed. */
export async function decidePlan(
  placeOf: PlaceOf,
  image: ImageRecord,
  stores: Stores,
): Promise<Plan> {
  return decideOn(placeOf, image, stores, plan);
}

/**
 * Runs a pure decision on what is to be known of image, trees and stores. What cannot be read ends in
 * ERR_STATELITE_STORE, which names store or tree and remedy (semantics 5.6).
 */
export async function decideOn<Result>(
  placeOf: PlaceOf,
  image: ImageRecord,
  stores: Stores,
  decide: (situation: Situation) => Result,
): Promise<Result> {
  try {
    return await surveyAndDecide(placeOf, image, stores, decide);
  } catch (error) {
    throw await lookFailure(error, placeOf('/') ?? '/');
  }
}

async function surveyAndDecide<Result>(
  placeOf: PlaceOf,
  { entries, saved, facts }: ImageRecord,
  stores: Stores,
  decide: (situation: Situation) => Result,
): Promise<Result> {
  const lists = await readLists(placeOf);
  return surveyed(
    (look) => {
      const viewOf = (root: string) => {
        const place = placeOf(root);
        return place === undefined ? nothing : look(place);
      };
      const storeState = (name: 'persistent' | 'localdisk'): StoreState => {
        const state = stores[name];
        if (state !== 'mounted') return { state };
        return { state, view: viewOf(layout[name]), ...lists[name] };
      };
      const trees = stores.trees.map((tree): MountedTree => ({ ...tree, view: viewOf(tree.root) }));
      return decide({
        entries,
        saved,
        image: viewOf('/'),
        trees,
        missingTrees: stores.missingTrees,
        persistent: storeState('persistent'),
        localdisk: storeState('localdisk'),
      });
    },
    expectedPlaces(placeOf, entries, stores),
    facts,
  );
}

/** Every listed path in every place it may come from. */
function expectedPlaces(
  placeOf: PlaceOf,
  { entries }: Entries,
  stores: Stores,
): readonly Expected[] {
  const paths = [...entries.keys()];
  const keptIn = (store: 'persistent' | 'localdisk') =>
    [...entries.values()].filter(({ option }) => storeOf(option) === store).map(({ path }) => path);
  const expected: readonly Expected[] = [
    { root: '/', paths: [...paths, ...paths.map((path) => layout.pristine + path)] },
    ...stores.trees.map(({ root }) => ({ root, paths, names: true })),
    { root: layout.persistent, paths: keptIn('persistent'), names: true },
    { root: layout.localdisk, paths: keptIn('localdisk'), names: true },
  ];
  return expected.flatMap(({ root, ...each }) => {
    const place = placeOf(root);
    return place === undefined ? [] : [{ root: place, ...each }];
  });
}

interface Lists {
  readonly filled: ReadonlySet<string> | undefined;
  readonly made: ReadonlySet<string>;
}

/** What the kept stores record of earlier boots (semantics 3.1). */
async function readLists(placeOf: PlaceOf): Promise<Record<'persistent' | 'localdisk', Lists>> {
  const files = (['persistent', 'localdisk'] as const).flatMap((store) => {
    const place = placeOf(layout[store]);
    return place === undefined ? [] : [{ store, file: `${place}/.statelite.` }];
  });
  const texts = await readTexts(
    loadNative(tmpdir()),
    files.flatMap(({ file }) => [`${file}filled`, `${file}made`]),
  );
  const listsOf = (wanted: string): Lists => {
    const index = files.findIndex(({ store }) => store === wanted);
    const [filled, made = ''] = index < 0 ? [] : texts.slice(2 * index);
    return { filled: filled === undefined ? undefined : linesOf(filled), made: linesOf(made) };
  };
  return { persistent: listsOf('persistent'), localdisk: listsOf('localdisk') };
}

function linesOf(text: string): Set<string> {
  return new Set(text.split('\n').filter((line) => line.startsWith('/')));
}
