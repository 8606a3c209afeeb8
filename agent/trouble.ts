import { statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { FileFault, nameErrno, type Side, type Tally } from './files/fault.ts';
import { type Mounted, mountOf } from './files/mount-of.ts';
import { layout } from './rules/layout.ts';
import { isWithin } from './rules/path.ts';

/** What a path below the new root belongs to. */
export type Area = 'memory' | 'persistent' | 'localdisk' | 'tree' | 'image';

/** Bytes and inodes of a file system; `inodes` is 0 where they are not counted. */
export interface Room {
  readonly size: number;
  readonly free: number;
  readonly inodes: number;
  readonly freeInodes: number;
}

/** A failed system call, as the operator has to hear of it: what, at which file, in which store or tree. */
export interface Trouble {
  /** The errno's name. */
  readonly code: string;
  /** What the kernel says, without code and path. */
  readonly words: string;
  readonly side: Side | 'mounting';
  /** As seen from the new root. */
  readonly path: string;
  readonly area: Area;
  /** Unknown if nothing tells what is mounted there. */
  readonly mounted: Mounted | undefined;
  /** Only where room was the trouble. */
  readonly room?: Room | undefined;
  readonly needs?: Readonly<Tally> | undefined;
}

/**
 * What a system error below `root` is about; undefined for any other error. `path` is where it was if
 * the error does not say. Asks nothing that may hang: only a file system that just said it is full.
 */
export async function troubleOf(
  error: unknown,
  root: string,
  path: string,
): Promise<Trouble | undefined> {
  const errno = errnoOf(error);
  if (!(error instanceof Error) || errno === undefined) return undefined;
  const named = nameErrno(errno);
  const place = placeOf(error) ?? root + path;
  const inside = isWithin(place, root) ? place.slice(root.length) || '/' : place;
  const area = areaOf(inside);
  const isFull = named.code === 'ENOSPC' || named.code === 'EDQUOT';
  return {
    ...named,
    side: sideOf(error, area),
    path: inside,
    area,
    mounted: await mountOf(place),
    ...(isFull ? { room: await roomOf(root, area) } : {}),
    ...(error instanceof FileFault ? { needs: error.needs } : {}),
  };
}

/** `the persistent store 10.0.0.1:/srv/state/cn01` */
export function nameOfArea({ area, mounted }: Pick<Trouble, 'area' | 'mounted'>): string {
  const name = {
    memory: `the tmpfs ${layout.statelite}`,
    persistent: 'the persistent store',
    localdisk: 'the local disk',
    tree: 'the tree',
    image: 'the image',
  }[area];
  return area === 'memory' || mounted === undefined ? name : `${name} ${mounted.location}`;
}

/** One line: code, reason, file, and the store or tree that has it. */
export function tellTrouble(trouble: Trouble): string {
  const { code, words, side, path } = trouble;
  return `${code}: ${words}: ${side} ${shortened(path)} in ${nameOfArea(trouble)}`;
}

/** A path may be longer than a record of the kernel's log. */
export function shortened(path: string): string {
  return path.length <= 300 ? path : `${path.slice(0, 150)}…${path.slice(-140)}`;
}

function areaOf(path: string): Area {
  if (isWithin(path, layout.persistent)) return 'persistent';
  if (isWithin(path, layout.localdisk)) return 'localdisk';
  if (isWithin(path, layout.trees)) return 'tree';
  return isWithin(path, layout.statelite) && path !== layout.save ? 'memory' : 'image';
}

/** Where two paths are named (link, rename, symlink), the second is what was to be made. */
function placeOf(error: Error): string | undefined {
  if (error instanceof FileFault) return error.path;
  for (const name of ['dest', 'path']) {
    const path: unknown = Reflect.get(error, name);
    if (typeof path === 'string') return path;
    if (Buffer.isBuffer(path)) return path.toString(); // as it was given
  }
  return undefined;
}

const looks = ['lstat', 'stat', 'scandir', 'readlink', 'access', 'read'];

/** Calls of the addon have no `syscall`: of them, only mount(2) comes here without a side. */
function sideOf(error: Error, area: Area): Trouble['side'] {
  if (error instanceof FileFault) return error.side;
  if (!('syscall' in error)) return 'mounting';
  if (area === 'tree') return 'reading';
  const call = String(error.syscall);
  return looks.includes(call) || (area === 'image' && call === 'open') ? 'reading' : 'writing';
}

/** Errors of node:fs and of the addon have it below zero; some that are made here have only the name. */
function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errno' in error && typeof error.errno === 'number') return Math.abs(error.errno);
  const code = 'code' in error ? String(error.code) : '';
  return new Map<string, number>(Object.entries(constants.errno)).get(code);
}

async function roomOf(root: string, area: Area): Promise<Room | undefined> {
  const tops = {
    memory: layout.statelite,
    persistent: layout.persistent,
    localdisk: layout.localdisk,
  };
  if (area === 'tree' || area === 'image') return undefined;
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(root + tops[area]);
    return { size: blocks * bsize, free: bavail * bsize, inodes: files, freeInodes: ffree };
  } catch (error) {
    // It was full a moment ago; if it is gone now, how large it was helps nobody.
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
