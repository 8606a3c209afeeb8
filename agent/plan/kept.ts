import { StateliteError } from '../errors.ts';
import type { Entry } from '../rules/entries.ts';
import { layout } from '../rules/layout.ts';
import { storeOf } from '../rules/options.ts';
import { forEach } from '../rules/view.ts';
import { resolve } from '../rules/walk.ts';
import { decideFill, isEmpty, type Listed, nameOfType } from './fill.ts';
import type { Placed } from './placement.ts';
import { nameOf, type Situation, type StoreState } from './situation.ts';
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

/** Starts from what the stores hold: what has a copy counts as filled, listed or not. */
export function keptStores(situation: Situation, listed: Listed): KeptStores {
  const lists = names.flatMap((name) => {
    const store = situation[name];
    return store.state === 'mounted' ? [startList(name, store, situation, listed)] : [];
  });
  const of = (name: Placed['in']) => lists.find((list) => list.name === name);
  return {
    fills: (name, path) => of(name)?.filling.add(path),
    mountPoint: (name, path, entry) => {
      if (name === 'tmpfs') return [{ kind: 'mount-point', path, type: entry.type }];
      const list = of(name);
      return list === undefined ? [] : mountPointIn(list, path, entry);
    },
    before: () => lists.flatMap(recordsBefore),
    after: () => lists.flatMap(recordsAfter),
  };
}

interface StoreList {
  readonly name: KeptStore;
  readonly store: Mounted;
  /** Filled entries before this boot. */
  readonly already: ReadonlySet<string>;
  /** Entries that this boot fills, some of them again. */
  readonly filling: Set<string>;
  /** Mount points that are needed. */
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
  const already = existing(mine, store, listed).union(store.filled ?? new Set<string>());
  return { name, store, already, filling: new Set(), made: new Set() };
}

function existing(entries: readonly Entry[], store: Mounted, listed: Listed): Set<string> {
  const kept = forEach(entries, (entry) => {
    const fill = decideFill(entry, store, listed);
    return 'fill' in fill && fill.fill === 'keep' ? [entry.path] : [];
  });
  return new Set(kept.flat());
}

/** A mount point is an object of the store itself, of the entry's type: no link is followed to it. */
function mountPointIn({ name, store, made }: StoreList, path: string, entry: Entry): Step[] {
  const place = path.slice(layout[name].length);
  const resolved = resolve(store.view, place);
  if ('blocked' in resolved || resolved.links > 0) refuseStore(entry, name, 'a link or file');
  const { type } = resolved.fact;
  const isOurs = store.made.has(entry.path);
  if (type === entry.type && !isOurs) return [];
  made.add(entry.path);
  if (type === entry.type) return [];
  const step: Step = { kind: 'mount-point', path, type: entry.type };
  if (type === 'missing') return [step];
  if (!isOurs || !isEmpty(store, place)) refuseStore(entry, name, nameOfType(type));
  return [{ kind: 'remove-mount-point', path, type }, step];
}

/**
 * What exists counts as filled, but for what is to be filled again: its list is written before
 * anything is put into the store, so that a power cut leaves nothing half filled on it.
 */
function recordsBefore({ name, store, already, filling, made }: StoreList): Step[] {
  const filled = [...already].filter((path) => !filling.has(path));
  const unused = [...store.made].filter((path) => !made.has(path) && !filling.has(path));
  const removed = unused.flatMap((path): Step[] => {
    const type = already.has(path) ? undefined : emptyType(store, path);
    return type === undefined
      ? []
      : [{ kind: 'remove-mount-point', path: layout[name] + path, type }];
  });
  const known = [...made, ...[...store.made].filter((path) => filling.has(path))];
  return [
    ...(sameAs(store.filled, filled) ? [] : [record(name, 'filled', filled)]),
    ...removed,
    ...(sameAs(store.made, known) ? [] : [record(name, 'made', known)]),
  ];
}

/** The filled entries, last; a mount point that became a copy is none any more. */
function recordsAfter({ name, store, already, filling, made }: StoreList): Step[] {
  if (filling.size === 0) return [];
  const wasMountPoint = [...store.made].some((path) => filling.has(path));
  return [
    record(name, 'filled', new Set([...already, ...filling])),
    ...(wasMountPoint ? [record(name, 'made', made)] : []),
  ];
}

function sameAs(paths: ReadonlySet<string> | undefined, others: readonly string[]): boolean {
  return paths?.size === others.length && others.every((path) => paths.has(path));
}

function record(store: KeptStore, list: 'filled' | 'made', paths: Iterable<string>): Step {
  return { kind: 'record', store, list, lines: [...paths].toSorted() };
}

function emptyType(store: Mounted, path: string): 'file' | 'dir' | undefined {
  const resolved = resolve(store.view, path);
  if ('blocked' in resolved || resolved.links > 0) return undefined;
  const { type } = resolved.fact;
  return type !== 'missing' && isEmpty(store, path) ? type : undefined;
}

/** Throws ERR_STATELITE_STORE for an entry whose place in a store holds something else (semantics 3.1). */
export function refuseStore(entry: Entry, store: KeptStore, found: string): never {
  throw new StateliteError(
    'ERR_STATELITE_STORE',
    `${nameOf(entry)}: the ${store} store has ${found} at ${layout[store]}${entry.path}`,
    { hint: 'move it away in the store, or correct the row; nothing there was changed' },
  );
}
