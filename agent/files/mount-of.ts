import { readFile } from 'node:fs/promises';
import { isWithin } from '../rules/path.ts';
import { type MountPoint, parseMountinfo } from './mountinfo.ts';

/** Where a mounted file system comes from. */
export interface Mounted {
  /** `server:/dir` for NFS, a device for a disk. */
  readonly location: string;
  readonly isReadonly: boolean;
}

/** The file system that a path is in, asking neither it nor its server. */
export async function mountOf(path: string): Promise<Mounted | undefined> {
  return findMount(await readFile('/proc/self/mountinfo', 'utf8'), path);
}

/** The last mounted of the deepest mount points above a path. */
export function findMount(mountinfo: string, path: string): Mounted | undefined {
  let deepest: MountPoint | undefined;
  for (const mount of parseMountinfo(mountinfo)) {
    const isAbove = isWithin(path, mount.point);
    if (isAbove && mount.point.length >= (deepest?.point.length ?? 0)) deepest = mount;
  }
  if (deepest === undefined) return undefined;
  const { source, inside, options } = deepest;
  // Only a server's directory has a path to go on: of a device, that would be a path of nowhere.
  const location = source.includes(':/') && inside !== '/' ? `${source}${inside}` : source;
  return { location, isReadonly: options.includes('ro') };
}
