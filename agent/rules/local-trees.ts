import { StateliteError } from '../errors.ts';
import type { Entries } from './entries.ts';
import type { Tree } from './litetree.ts';
import { isWithin } from './path.ts';

/**
 * A tree without a server is a directory of the image as booted; it may neither hold, be, nor lie
 * below a listed path (semantics 1.7). Throws ERR_STATELITE_TABLE naming both.
 */
export function refuseListedTrees(trees: readonly Tree[], { entries }: Entries): void {
  for (const { server, directory } of trees) {
    if (server !== undefined) continue;
    for (const { path, written } of entries.values()) {
      if (!isWithin(path, directory) && !isWithin(directory, path)) continue;
      throw new StateliteError(
        'ERR_STATELITE_TABLE',
        `the litetree directory ${directory} of the image and the listed path ${JSON.stringify(written)} overlap`,
        { hint: 'move the tree to a directory of its own, or to a server' },
      );
    }
  }
}
