import type { Entry } from '../rules/entries.ts';
import { layout } from '../rules/layout.ts';
import { forEach } from '../rules/view.ts';
import { storeOf } from '../rules/options.ts';
import { resolve } from '../rules/walk.ts';
import { decideFill, type Listed } from './fill.ts';
import type { Placed } from './placement.ts';
import type { Situation, StoreState } from './situation.ts';
import type { KeptStore, Step } from './step.ts';

type Mounted = Extract<StoreState, { state: 'mounted' }>;

const names: readonly KeptStore[] = ['persistent', 'localdisk'];

/** The lists that a kept store has of itself, kept while the plan grows (semantics 3.1, 3.3). */
export interface KeptStores {
  /** An entry gets its copy in this boot. */
  fills(store: KeptStore, path: string): void;
  /** A mount point in a parent's copy, made if it is missing. */
  mountPoint(store: Placed['in'], path: string, entry: Entry): Step[];
  /** Steps before anything is put into a store: what exists counts as filled, what is made is known. */
  before(): Step[];
  /** Steps at the end: the filled entries, recorded last. */
  after(): Step[];
}

/** Starts from what the stores hold; a store without a list counts what it has as filled. */
export function keptStores(situation: Situation, listed: Listed): KeptStores {
  const lists = names.flatMap((name) => {
    const store = situation[name];
    return store.state === 'mounted' ? [startList(name, store, situation, listed)] : [];
  });
  const of = (name: KeptStore) => lists.find((list) => list.name === name);
  return {
    fills: (name, path) => of(name)?.filled.add(path),
    mountPoint: (name, path, { path: canonical, type }) => {
      const step: Step = { kind: 'mount-point', path, type };
      if (name === 'tmpfs') return [step];
      const list = name === 'source' ? undefined : of(name);
      if (list === undefined) return [];
      const known = list.store.made.has(canonical);
      if (!known && exists(list.store, path.slice(layout[list.name].length))) return [];
      list.made.add(canonical);
      return [step];
    },
    before: () => lists.flatMap(recordsBefore),
    after: () =>
      lists.flatMap((list): Step[] =>
        list.filled.size === list.already.size ? [] : [record(list, 'filled', list.filled)],
      ),
  };
}

interface StoreList {
  readonly name: KeptStore;
  readonly store: Mounted;
  /** Filled entries before this boot. */
  readonly already: ReadonlySet<string>;
  readonly filled: Set<string>;
  readonly made: Set<string>;
}

function startList(
  name: KeptStore,
  store: Mounted,
  situation: Situation,
  listed: Listed,
): StoreList {
  const mine = [...situation.entries.entries.values()].filter(
    ({ option }) => storeOf(option) === name,
  );
  const already = store.filled ?? existing(mine, store, listed);
  return { name, store, already, filled: new Set(already), made: new Set() };
}

function existing(entries: readonly Entry[], store: Mounted, listed: Listed): Set<string> {
  const kept = forEach(entries, (entry) => {
    const fill = decideFill(entry, store, listed);
    return 'fill' in fill && fill.fill === 'keep' ? [entry.path] : [];
  });
  return new Set(kept.flat());
}

function recordsBefore(list: StoreList): Step[] {
  const steps: Step[] = [];
  if (list.store.filled === undefined) steps.push(record(list, 'filled', list.already));
  const stale = [...list.store.made].filter((path) => !list.made.has(path));
  for (const path of stale) {
    if (list.filled.has(path)) continue;
    const empty = emptyType(list.store, path);
    const at = layout[list.name] + path;
    if (empty !== undefined) steps.push({ kind: 'remove-mount-point', path: at, type: empty });
  }
  const changed = stale.length > 0 || [...list.made].some((path) => !list.store.made.has(path));
  return changed ? [...steps, record(list, 'made', list.made)] : steps;
}

function record(
  { name: store }: StoreList,
  list: 'filled' | 'made',
  paths: Iterable<string>,
): Step {
  return { kind: 'record', store, list, lines: [...paths].toSorted() };
}

function exists({ view }: Mounted, path: string): boolean {
  const resolved = resolve(view, path);
  return !('blocked' in resolved) && resolved.fact.type !== 'missing';
}

function emptyType({ view }: Mounted, path: string): 'file' | 'dir' | undefined {
  const resolved = resolve(view, path);
  if ('blocked' in resolved || resolved.links > 0) return undefined;
  const { fact } = resolved;
  if (fact.type === 'dir') return view.names(path).length === 0 ? 'dir' : undefined;
  return fact.type === 'file' && fact.size === 0 ? 'file' : undefined;
}
