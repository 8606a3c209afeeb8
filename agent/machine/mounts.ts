import { readFile } from 'node:fs/promises';
import type { System } from '../system.ts';

/** Every mount point strictly below a directory, the last mounted first. */
export function mountsBelow(mountinfo: string, directory: string): string[] {
  const points = mountinfo
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((point) => point.startsWith(`${directory}/`));
  return points.toReversed();
}

/** Takes everything off a directory, so that a failed boot can start again at the query. */
export async function unmountBelow(
  directory: string,
  system: Pick<System, 'unmount'>,
): Promise<void> {
  const points = mountsBelow(await readFile('/proc/self/mountinfo', 'utf8'), directory);
  for (const point of points) await system.unmount(point, 'lazy');
}

/** proc(5) writes blanks, tabs, newlines and backslashes as three octal digits. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}
