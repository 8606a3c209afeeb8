import type { Entry } from '../rules/entries.ts';
import { below } from '../rules/path.ts';
import { resolve } from '../rules/walk.ts';
import type { StoreState } from './situation.ts';

type Mounted = Extract<StoreState, { state: 'mounted' }>;

/** What a kept store holds of an entry, and what is to be done (semantics 3.1). */
export type Fill =
  /** It has a copy: nothing in a store is ever overwritten. */
  | { readonly fill: 'keep'; readonly path: string }
  /** `replaces` is an empty mount point of another type that stands there. */
  | { readonly fill: 'new'; readonly path: string; readonly replaces?: 'file' | 'dir' }
  /** A directory that is there without being a full copy: only missing names are added. */
  | { readonly fill: 'complete'; readonly path: string }
  | { readonly refused: string };

/** Listed paths, and every directory above one. */
export interface Listed {
  readonly paths: ReadonlySet<string>;
  readonly above: ReadonlySet<string>;
}

/**
 * Decides how an entry's copy in a store comes about; `path` is resolved inside the store. In a
 * store without a list, what has a copy counts as filled.
 */
export function decideFill(entry: Entry, store: Mounted, listed: Listed): Fill {
  const resolved = resolve(store.view, entry.path);
  if ('blocked' in resolved) {
    return { refused: resolved.blocked === 'loop' ? 'a loop of links' : `the file ${resolved.at}` };
  }
  const { path, fact, dangling } = resolved;
  if (dangling) return { refused: 'a link that leads nowhere' };
  if (fact.type === 'missing') return { fill: 'new', path };
  const isMountPoint = store.made.has(entry.path) && store.filled?.has(entry.path) !== true;
  if (isMountPoint && isEmpty(store, path)) {
    return fact.type === entry.type
      ? { fill: 'new', path }
      : { fill: 'new', path, replaces: fact.type };
  }
  if (fact.type !== entry.type) {
    return { refused: nameOfType(fact.type) };
  }
  if (fact.type === 'file') return { fill: 'keep', path };
  return isCopy(entry, store, path, listed) ? { fill: 'keep', path } : { fill: 'complete', path };
}

/**
 * A directory that holds nothing but listed deeper entries is no copy. One that the store lists as
 * filled and that is empty stays empty: the node emptied it.
 */
function isCopy(entry: Entry, store: Mounted, path: string, listed: Listed): boolean {
  const isFilled = store.filled === undefined || store.filled.has(entry.path);
  if (store.view.names(path).length === 0) return store.filled?.has(entry.path) === true;
  return isFilled && !holdsOnlyListed(entry.path, path, store, listed);
}

function holdsOnlyListed(path: string, at: string, store: Mounted, listed: Listed): boolean {
  return store.view.names(at).every((name) => {
    const child = below(path, name);
    if (listed.paths.has(child)) return true;
    const place = below(at, name);
    return (
      listed.above.has(child) &&
      store.view.at(place).type === 'dir' &&
      holdsOnlyListed(child, place, store, listed)
    );
  });
}

/** Whether an object of a store holds nothing, as a mount point does. */
export function isEmpty({ view }: Mounted, path: string): boolean {
  const fact = view.at(path);
  return fact.type === 'dir'
    ? view.names(path).length === 0
    : fact.type === 'file' && fact.size === 0;
}

export function nameOfType(type: 'file' | 'dir'): string {
  return type === 'dir' ? 'a directory' : 'a file';
}
