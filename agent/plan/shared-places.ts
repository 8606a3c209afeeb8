import type { Entry } from '../rules/entries.ts';
import { storeOf } from '../rules/options.ts';
import { isBelow, isWithin } from '../rules/path.ts';
import type { Fill } from './fill.ts';
import { refuseStore } from './kept.ts';
import { nameOf } from './situation.ts';
import type { KeptStore } from './step.ts';

/** An entry that is served from a kept store. */
interface Kept {
  readonly entry: Entry;
  readonly store: KeptStore;
  /** Links of the store resolved. */
  readonly place: string;
}

/**
 * Links that somebody put into a store may lead one entry into another's copy. Throws
 * ERR_STATELITE_STORE where two places overlap although their paths do not (semantics 3.1).
 */
export function refuseSharedPlaces(
  decided: readonly { readonly entry: Entry; readonly fill: Fill | undefined }[],
): void {
  const kept = decided.flatMap(({ entry, fill }): Kept[] => {
    const store = storeOf(entry.option);
    const isKept = store === 'persistent' || store === 'localdisk';
    return isKept && fill !== undefined && 'path' in fill
      ? [{ entry, store, place: fill.path }]
      : [];
  });
  for (const one of kept) {
    if (one.place === one.entry.path) continue;
    if (one.place === '/') refuseStore(one.entry, one.store, 'a link to the store itself');
    const other = kept.find((each) => each.store === one.store && collide(one, each));
    if (other !== undefined) {
      refuseStore(one.entry, one.store, `a link into the copy of ${nameOf(other.entry)}`);
    }
  }
}

function collide(one: Kept, other: Kept): boolean {
  if (one.entry === other.entry) return false;
  return holdsWrongly(one, other) || holdsWrongly(other, one);
}

/** Whether the place of `above` holds that of `below`, although its path does not. */
function holdsWrongly(above: Kept, below: Kept): boolean {
  if (!isWithin(below.place, above.place)) return false;
  return below.place === above.place || !isBelow(below.entry.path, above.entry.path);
}
