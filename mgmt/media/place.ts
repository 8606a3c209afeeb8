import { mkdir, readdir, readFile, rename, rm, rmdir, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { chase } from '../../agent/files/chase.ts';
import { parseMountinfo } from '../../agent/files/mountinfo.ts';
import { exists } from '../image/genimage/exists.ts';

/** Where a copy goes, and what it is made in: beside it, on the same file system. */
export interface Place {
  /** The copy that others see, an absolute path without links; maybe not there yet. */
  readonly tree: string;
  readonly work: string;
  /** Directories in `work`: a medium as it is unpacked, the next copy, the one before. */
  readonly disc: string;
  readonly next: string;
  readonly before: string;
}

/** renameat2(2) of two names; 0, or a negative errno. */
export type Exchange = (one: string, other: string) => Promise<number>;

/**
 * The place for a copy at `path`, its parents made. ERR_STATELITE_IMAGE if something is mounted there
 * or below: that could neither be kept nor be replaced.
 */
export async function placeAt(path: string): Promise<Place> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const tree = await chase('/', path);
  const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
  const mount = mounts.find(({ point }) => point === tree || point.startsWith(`${tree}/`));
  if (mount !== undefined) {
    throw new StateliteError('ERR_STATELITE_IMAGE', `something is mounted on ${mount.point}`, {
      hint: `umount ${mount.point}, or choose another directory with -p`,
    });
  }
  const work = join(dirname(tree), `.copycds-${basename(tree)}`);
  return {
    tree,
    work,
    disc: join(work, 'disc'),
    next: join(work, 'next'),
    before: join(work, 'before'),
  };
}

/** Removes what a killed run left, and gives back the copy if it was killed between two renames. */
export async function clearWork({ tree, work, before }: Place): Promise<void> {
  if (!(await exists(tree)) && (await exists(before))) await rename(before, tree);
  await rm(work, { recursive: true, force: true });
}

/** After a failure: as if nobody had tried, directories included that were made for the copy. */
export async function abandonWork(place: Place): Promise<void> {
  await clearWork(place);
  if (await exists(place.tree)) return;
  const parent = dirname(place.tree);
  if ((await readdir(parent)).length === 0) await rmdir(parent);
}

/** Makes `next` the copy, at once; where the file system cannot exchange names, by two renames. */
export async function publish(
  { tree, next, before, work }: Place,
  exchange: Exchange,
): Promise<void> {
  if (!(await exists(tree))) await rename(next, tree);
  else if ((await exchange(next, tree)) !== 0) {
    await rename(tree, before);
    await rename(next, tree);
  }
  await rm(work, { recursive: true, force: true });
}

/** ENOSPC before it happens: what is known to be too much is not begun. */
export async function checkSpace({ tree }: Place, bytes: number): Promise<void> {
  const directory = dirname(tree);
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes) return;
  throw noSpace(tree, `it takes ${inUnits(bytes)}, ${directory} has ${inUnits(bavail * bsize)}`);
}

/** What is there is never touched by a copy that does not fit. */
export function noSpace(tree: string, detail: string, cause?: unknown): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', `no space for ${tree}: ${detail}`, {
    hint: 'what was there before is as it was; make room, or choose another directory with -p',
    cause,
  });
}

/** 12.3 GB, 4.5 MB, 6.7 kB */
export function inUnits(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
