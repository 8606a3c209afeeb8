import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, isBelow } from '../../../agent/rules/path.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import type { View } from '../../../agent/rules/view.ts';

/** What earlier runs left in an image. */
export interface Changes {
  /** What is still as liteimg made it. */
  readonly made: Saved['made'];
  /** Where planted links stand. */
  readonly planted: ReadonlySet<string>;
  /** The targets of links that are kept aside and whose stand-in nobody changed. */
  readonly links: ReadonlyMap<string, string>;
  /** Directories that come back with an original or a link, should they be missing. */
  readonly above: ReadonlySet<string>;
}

/**
 * The image as it was before liteimg, with whatever the administrator changed since. Decisions on
 * this view do not depend on the tables of earlier runs.
 */
export function restoredView(view: View, { made, planted, links, above }: Changes): View {
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
      return fact.type === 'missing' && above.has(path) ? { type: 'dir' } : fact;
    },
    names: (path) => view.names(placeOf(path)),
  };
}
