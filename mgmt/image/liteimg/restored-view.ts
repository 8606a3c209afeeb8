import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, isBelow, isWithin } from '../../../agent/rules/path.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import type { Fact, View } from '../../../agent/rules/view.ts';

/** What earlier runs left in an image. */
export interface Changes {
  /** What is still as liteimg made it. */
  readonly made: Saved['made'];
  /** Where planted links stand. */
  readonly planted: ReadonlySet<string>;
  /** Directories that took the place of planted links; their originals will be laid under them. */
  readonly newer: ReadonlySet<string>;
  /** The targets of links that are kept aside and whose stand-in nobody changed. */
  readonly links: ReadonlyMap<string, string>;
  /** Directories that come back with an original or a link, should they be missing. */
  readonly above: ReadonlySet<string>;
}

/**
 * The image as it was before liteimg, with whatever the administrator changed since. Decisions on
 * this view do not depend on the tables of earlier runs.
 */
export function restoredView(view: View, changes: Changes): View {
  const { made, planted, links, above } = changes;
  const placeOf = (path: string) => {
    const isMoved = [path, ...ancestors(path)].some((one) => planted.has(one));
    return isMoved ? layout.pristine + path : path;
  };
  return {
    at(path) {
      if (isBelow(path, layout.links)) return { type: 'missing' };
      const target = links.get(path);
      if (target !== undefined) return { type: 'link', target };
      if (made.has(path)) return { type: 'missing' };
      const fact = view.at(placeOf(path));
      if (fact.type !== 'missing') return fact;
      return above.has(path) ? { type: 'dir' } : olderFact(view, changes, path);
    },
    names: (path) => view.names(placeOf(path)),
  };
}

/** What an original has that will be laid under a newer directory: only in directories of both. */
function olderFact(view: View, { newer }: Changes, path: string): Fact {
  const directories = [...ancestors(path)];
  const top = directories.find((one) => newer.has(one));
  const between = directories.filter((one) => top !== undefined && isWithin(one, top)).toReversed();
  const isReached = between.every((one) => view.at(layout.pristine + one).type === 'dir');
  return top !== undefined && isReached ? view.at(layout.pristine + path) : { type: 'missing' };
}
