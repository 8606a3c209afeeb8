import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { hasCode } from '../../../agent/errors.ts';
import { type Bytes, fsPath } from '../../../agent/files/bytes.ts';

/** An object of a tree; `path` counts from its top, which is ''. */
export interface Visited {
  readonly path: Bytes;
  readonly stats: BigIntStats;
}

/**
 * Everything in a tree, parents first, following no link and not into other file systems. What
 * vanishes meanwhile is left out. Not what is below a path that `enter` refuses.
 */
export async function* walk(
  top: Bytes,
  enter: (path: Bytes) => boolean = () => true,
): AsyncGenerator<Visited> {
  const first = statusOf(top);
  if (first === undefined) return;
  const pending: Visited[] = [{ path: '', stats: first }];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    yield one;
    const { path, stats } = one;
    if (!stats.isDirectory() || stats.dev !== first.dev || !enter(path)) continue;
    await setImmediate(); // signals and progress have their turn
    const below = namesIn(top + path).map((name) => `${path}/${name}`);
    for (const each of below.toReversed()) {
      const found = statusOf(top + each);
      if (found !== undefined) pending.push({ path: each, stats: found });
    }
  }
}

/** The names in a directory, sorted; none in one that is gone. */
export function namesIn(directory: Bytes): Bytes[] {
  try {
    return readdirSync(fsPath(directory), 'latin1').toSorted();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** lstat(2); undefined if there is nothing. */
export function statusOf(place: Bytes): BigIntStats | undefined {
  try {
    return lstatSync(fsPath(place), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Tells one file from all others of this machine, whatever its names. */
export function inodeOf({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}
