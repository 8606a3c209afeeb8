import type { Entry } from '../rules/entries.ts';
import { layout } from '../rules/layout.ts';
import type { Option } from '../rules/options.ts';
import { ancestors, isWithin, parentOf } from '../rules/path.ts';
import { nothing, type View } from '../rules/view.ts';
import { plantedOriginal, resolve } from '../rules/walk.ts';
import { keptView, type Situation } from './situation.ts';

/** What became of an entry that is in place, for its children (semantics 3.3). */
export interface Placed {
  readonly entry: Entry;
  /** The option after missing trees and stores: a volatile entry counts as tmpfs or link. */
  readonly option: Option;
  /** Where its content is: T(p), P(p), L(p), or a read-only source. */
  readonly at: string;
  readonly in: 'tmpfs' | 'persistent' | 'localdisk' | 'source';
  /** T(p) is a symlink into a store, so nothing volatile can lie below it. */
  readonly behindLink: boolean;
}

/** The nearest listed ancestor that is in place. */
export function placedAbove(placed: ReadonlyMap<string, Placed>, path: string): Placed | undefined {
  for (const above of ancestors(path)) {
    const found = placed.get(above);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The place of `path` in its parent's copy. */
export function inCopyOf(parent: Placed, path: string): string {
  return parent.at + path.slice(parent.entry.path.length);
}

const rootOf: Readonly<Record<Placed['in'], string>> = { ...layout, source: '/' };

/**
 * Whether a child's copy is what the node finds at its path in its parent's copy: it lies there, or
 * links that the node made in the copy lead to it (semantics 3.3).
 */
export function isInCopyOf(parent: Placed, child: Placed, situation: Situation): boolean {
  if (child.in !== parent.in) return false;
  const { path } = child.entry;
  if (child.at === inCopyOf(parent, path)) return true;
  const store = keptView(situation, parent.in);
  const root = rootOf[parent.in];
  const top = parent.entry.path;
  const inStore = (at: string) => parent.at.slice(root.length) + at.slice(top.length);
  // The node sees the parent's copy and nothing else of the store.
  const seen: View = {
    ...nothing,
    at(at) {
      if (isWithin(at, top)) return store.at(inStore(at));
      return { type: isWithin(top, at) ? 'dir' : 'missing' };
    },
  };
  const found = resolve(seen, path);
  if ('blocked' in found || found.fact.type === 'missing') return false;
  return isWithin(found.path, top) && root + inStore(found.path) === child.at;
}

/** T(p), or a place beside it where a parent's T is a link into a store. */
export function volatileCopy(path: string, parent: Placed | undefined): string {
  return `${parent?.behindLink === true ? layout.volatile : layout.tmpfs}${path}`;
}

/**
 * Why the image as it is cannot serve an entry on its own place, or undefined if it can
 * (semantics 5.5): a link needs its planted link, everything else a mount point of its type.
 */
export function misfit(entry: Entry, wantsLink: boolean, image: View): string | undefined {
  const above = resolve(image, parentOf(entry.path));
  if ('blocked' in above) return `${above.at} is in the way`;
  if (above.path !== parentOf(entry.path)) return 'a link that liteimg planted is in the way';
  const fact = above.fact.type === 'missing' ? above.fact : image.at(entry.path);
  const isPlanted = fact.type === 'link' && plantedOriginal(entry.path, fact.target) !== undefined;
  if (wantsLink) return isPlanted ? undefined : 'the image has no planted link for it';
  if (fact.type === 'link') {
    return isPlanted ? 'a link that liteimg planted is in the way' : 'the image has a link there';
  }
  if (fact.type === 'missing') return 'the image has no mount point for it';
  if (fact.type === entry.type) return undefined;
  return `the image has a ${fact.type === 'dir' ? 'directory' : 'file'} there`;
}
