import { readFile } from 'node:fs/promises';
import { apply, type ApplyDeps } from './apply.ts';
import { hasCode } from './errors.ts';
import type { ImageRecord } from './files/image-record.ts';
import { surveyed } from './files/survey.ts';
import { plan, type Plan } from './plan/plan.ts';
import type { MountedTree, Notice, Situation, StoreState } from './plan/situation.ts';
import type { StepReport } from './protocol/report.ts';
import { layout } from './rules/layout.ts';
import type { Tree } from './rules/litetree.ts';

/** The stores and trees as they are mounted below the new root. */
export interface Stores {
  /** In search order; `root` is the mount point, seen from the new root. */
  readonly trees: readonly { readonly tree: Tree; readonly root: string }[];
  readonly missingTrees: readonly Tree[];
  readonly persistent: 'none' | 'volatile' | 'mounted';
  readonly localdisk: 'none' | 'mounted';
}

/** Surveys, and decides every step. Nothing is changed. */
export async function decidePlan(
  root: string,
  { entries, saved }: ImageRecord,
  stores: Stores,
): Promise<Plan> {
  const lists = {
    persistent: await readLists(root, layout.persistent),
    localdisk: await readLists(root, layout.localdisk),
  };
  return surveyed((look) => {
    const storeState = (name: 'persistent' | 'localdisk'): StoreState => {
      const state = stores[name];
      if (state !== 'mounted') return { state };
      return { state, view: look(root + layout[name]), ...lists[name] };
    };
    const trees = stores.trees.map((tree): MountedTree => ({
      ...tree,
      view: look(root + tree.root),
    }));
    const situation: Situation = {
      entries,
      saved,
      image: look(root),
      trees,
      missingTrees: stores.missingTrees,
      persistent: storeState('persistent'),
      localdisk: storeState('localdisk'),
    };
    return plan(situation);
  });
}

export interface Linked {
  readonly notices: readonly Notice[];
  readonly counts: Readonly<Record<string, number>>;
  readonly steps: readonly StepReport[];
}

/** The linking stage: puts every entry in place under `root` (semantics 3). */
export async function linkEntries(
  root: string,
  image: ImageRecord,
  stores: Stores,
  deps: ApplyDeps,
): Promise<Linked> {
  const { steps, notices, counts } = await decidePlan(root, image, stores);
  const performed: StepReport[] = [];
  const lost = await apply(steps, root, {
    ...deps,
    onStep: (step) => {
      performed.push(step);
      deps.onStep(step);
    },
  });
  const lostNotices = lost.map((path): Notice => ({
    level: 'warning',
    message: `${path} lost extended attributes: its store cannot keep them`,
  }));
  return { notices: [...notices, ...lostNotices], counts, steps: performed };
}

async function readLists(
  root: string,
  store: string,
): Promise<{ filled: ReadonlySet<string> | undefined; made: ReadonlySet<string> }> {
  const filled = await readOptional(`${root}${store}/.statelite.filled`);
  const made = await readOptional(`${root}${store}/.statelite.made`);
  return { filled: filled === undefined ? undefined : linesOf(filled), made: linesOf(made ?? '') };
}

function linesOf(text: string): Set<string> {
  return new Set(text.split('\n').filter((line) => line.startsWith('/')));
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
