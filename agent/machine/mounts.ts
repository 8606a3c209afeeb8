import { readFile } from 'node:fs/promises';
import { parseMountinfo } from '../files/mountinfo.ts';
import { isBelow } from '../rules/path.ts';
import type { System } from '../system.ts';

/** Every mount point strictly below a directory, the last mounted first. */
export function mountsBelow(mountinfo: string, directory: string): string[] {
  const points = parseMountinfo(mountinfo).map(({ point }) => point);
  return points.filter((point) => isBelow(point, directory)).toReversed();
}

/** Takes everything off a directory, so that a failed boot can start again at the query. */
export async function unmountBelow(
  directory: string,
  system: Pick<System, 'unmount'>,
): Promise<void> {
  const points = mountsBelow(await readFile('/proc/self/mountinfo', 'utf8'), directory);
  for (const point of points) await system.unmount(point, 'lazy');
}
