import { StateliteError } from '../errors.ts';
import type { Entry } from '../rules/entries.ts';
import { layout } from '../rules/layout.ts';
import { storeOf } from '../rules/options.ts';
import { below, parentOf } from '../rules/path.ts';
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
  const of = (name: Placed['in']) => lists.filter((list) => list.name === name);
  return {
    fills: (name, path) => of(name).forEach(({ filling }) => filling.add(path)),
    mountPoint: (name, path, entry) => {
      if (name === 'tmpfs') return [{ kind: 'mount-point', path, type: entry.type }];
      return of(name).flatMap((list) => mountPointIn(list, path, entry));
    },
    before: () => lists.flatMap(recordsBefore),
    after: () => lists.flatMap(recordsAfter),
  };
}

interface StoreList {
  readonly name: KeptStore;
  readonly store: Mounted;
  /** Filled entries before this boot, but for those whose copy gave way to a mount point. */
  readonly already: Set<string>;
  /** Every listed path, of whatever store. */
  readonly listed: ReadonlySet<string>;
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
  return { name, store, already, listed: listed.paths, filling: new Set(), made: new Set() };
}

function existing(entries: readonly Entry[], store: Mounted, listed: Listed): Set<string> {
  const kept = forEach(entries, (entry) => {
    const fill = decideFill(entry, store, listed);
    return 'fill' in fill && fill.fill === 'keep' ? [entry.path] : [];
  });
  return new Set(kept.flat());
}

/** A mount point is an object of the store itself, of the entry's type: no link is followed to it. */
function mountPointIn(list: StoreList, path: string, entry: Entry): Step[] {
  const { name, store, made, already } = list;
  const place = path.slice(layout[name].length);
  const resolved = resolve(store.view, place);
  if ('blocked' in resolved || resolved.links > 0) refuseStore(entry, name, 'a link or file');
  const { type } = resolved.fact;
  const isOurs = store.made.has(entry.path);
  if (type === entry.type && !isOurs) return [];
  made.add(entry.path);
  already.delete(entry.path); // what is there now is no copy, whatever was there before
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
function recordsBefore(list: StoreList): Step[] {
  const { name, store, already, listed, filling, made } = list;
  const filled = [...already].filter((path) => !filling.has(path));
  const isNeeded = (path: string) =>
    made.has(path) || filling.has(path) || (listed.has(path) && !already.has(path));
  const removed = [...store.made].flatMap((path): Step[] => {
    const empty = isNeeded(path) || already.has(path) ? undefined : emptyAt(store, path);
    return empty === undefined
      ? []
      : [{ kind: 'remove-mount-point', path: layout[name] + empty.path, type: empty.type }];
  });
  const known = new Set([...made, ...[...store.made].filter(isNeeded)]);
  const isUntouched = store.filled === undefined && filling.size === 0 && made.size === 0;
  const isRecorded = sameAs(store.filled, filled) || (isUntouched && filled.length === 0);
  return [
    ...(isRecorded ? [] : [record(name, 'filled', filled)]),
    ...removed,
    ...(sameAs(store.made, [...known]) ? [] : [record(name, 'made', known)]),
  ];
}

/** The filled entries, last; a mount point that became a copy is none any more. */
function recordsAfter({ name, store, already, listed, filling, made }: StoreList): Step[] {
  if (filling.size === 0) return [];
  const wasMountPoint = [...store.made].some((path) => filling.has(path));
  const still = [...store.made].filter(
    (path) => listed.has(path) && !filling.has(path) && !already.has(path),
  );
  return [
    record(name, 'filled', new Set([...already, ...filling])),
    ...(wasMountPoint ? [record(name, 'made', new Set([...made, ...still]))] : []),
  ];
}

function sameAs(paths: ReadonlySet<string> | undefined, others: readonly string[]): boolean {
  return paths?.size === others.length && others.every((path) => paths.has(path));
}

function record(store: KeptStore, list: 'filled' | 'made', paths: Iterable<string>): Step {
  return { kind: 'record', store, list, lines: [...paths].toSorted() };
}

/** Where an unused mount point is in the store, if it is still one; links above it are followed. */
function emptyAt(
  store: Mounted,
  path: string,
): { readonly path: string; readonly type: 'file' | 'dir' } | undefined {
  const above = resolve(store.view, parentOf(path));
  if ('blocked' in above || above.fact.type !== 'dir') return undefined;
  const at = below(above.path, path.slice(path.lastIndexOf('/')));
  const { type } = store.view.at(at);
  return (type === 'file' || type === 'dir') && isEmpty(store, at) ? { path: at, type } : undefined;
}

/** Throws ERR_STATELITE_STORE for an entry whose place in a store holds something else (semantics 3.1). */
export function refuseStore(entry: Entry, store: KeptStore, found: string): never {
  throw new StateliteError(
    'ERR_STATELITE_STORE',
    `${nameOf(entry)}: the ${store} store has ${found} at ${layout[store]}${entry.path}`,
    { hint: 'move it away in the store, or correct the row; nothing there was changed' },
  );
}
