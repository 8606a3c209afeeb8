import { StateliteError } from '../errors.ts';
import type { Entries } from './entries.ts';
import { layout } from './layout.ts';
import type { Tree } from './litetree.ts';
import { isBelow, isWithin } from './path.ts';
import type { View } from './view.ts';
import { plantedOriginal, resolve } from './walk.ts';

/**
 * A tree without a server is a directory of the image as booted; it may neither hold, be, nor lie
 * below a listed path, whatever links lead to it (semantics 1.7). Throws ERR_STATELITE_TABLE naming
 * both.
 */
export function refuseListedTrees(trees: readonly Tree[], { entries }: Entries, image: View): void {
  for (const { server, directory } of trees) {
    if (server !== undefined) continue;
    const places = new Set([directory, placeOf(directory, image)]);
    for (const { path, written, mtab } of entries.values()) {
      const overlaps = [...places].some((at) => isWithin(path, at) || isWithin(at, path));
      if (!overlaps || mtab) continue; // /etc/mtab never causes a refusal (1.6)
      throw new StateliteError(
        'ERR_STATELITE_TABLE',
        `the litetree directory ${directory} of the image and the listed path ${JSON.stringify(written)} overlap`,
        { hint: 'move the tree to a directory of its own, or to a server' },
      );
    }
  }
}

/** Where the links of the image lead, planted ones to the path they stand for. */
function placeOf(directory: string, image: View): string {
  const resolved = resolve(image, directory, plantedOriginal);
  const path = 'path' in resolved ? resolved.path : directory;
  return isBelow(path, layout.pristine) ? path.slice(layout.pristine.length) : path;
}
