import { lstatSync } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import type { CopyCalls } from '../../../agent/files/copy.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, parentOf } from '../../../agent/rules/path.ts';
import { plantedOriginal } from '../../../agent/rules/walk.ts';

/** An image that liteimg works on. */
export interface Image {
  readonly root: string;
  readonly calls: CopyCalls;
  /** Listed paths, and directories above them, that the image has not without liteimg. */
  readonly missing: ReadonlyMap<string, 'file' | 'dir'>;
  /** What liteimg has made and nobody changed, by canonical path. */
  readonly made: Map<string, 'file' | 'dir'>;
  /** What the administrator should know. */
  readonly notes: string[];
}

/** The image itself, or what it keeps for the nodes. */
export type Area = '' | typeof layout.pristine;

export type Standing = 'missing' | 'dir' | 'file' | 'planted' | 'link';

/**
 * Where a canonical path of the image is on this machine (semantics 4.5). Throws
 * ERR_STATELITE_IMAGE if a link above it leads elsewhere.
 */
export async function at(root: string, path: string): Promise<string> {
  const directory = parentOf(path);
  if ((await follow(root, directory)) === placeIn(root, directory)) return placeIn(root, path);
  throw new StateliteError('ERR_STATELITE_IMAGE', `${path} is behind a link in the image ${root}`, {
    hint: 'remove the link, or does something else change the image? then run liteimg again',
  });
}

/** Where a path leads to inside the image, links followed; undefined if they are a loop. */
export async function follow(root: string, path: string): Promise<string | undefined> {
  if (isFreeOfLinks(root, path)) return placeIn(root, path);
  try {
    return await chase(root, path);
  } catch (error) {
    if (error instanceof Error && !('errno' in error)) return undefined;
    throw error;
  }
}

/** The same; ERR_STATELITE_IMAGE for a loop. */
export async function mustFollow(root: string, path: string): Promise<string> {
  const place = await follow(root, path);
  if (place !== undefined) return place;
  throw new StateliteError('ERR_STATELITE_IMAGE', `${path} is a loop of links in ${root}`, {
    hint: 'repair the links in the image',
  });
}

/** What stands at a path, not following a link there. */
export async function standing(root: string, path: string): Promise<Standing> {
  const place = await at(root, path);
  const stats = await statusOf(place);
  if (stats === undefined) return 'missing';
  if (stats.isDirectory()) return 'dir';
  if (!stats.isSymbolicLink()) return 'file';
  return plantedOriginal(path, await readlink(place)) === undefined ? 'link' : 'planted';
}

/**
 * Where the object of a listed path is: below a planted link in /.default, else in the image;
 * undefined behind a link of the image's own, or a file.
 */
export async function areaOf(root: string, path: string): Promise<Area | undefined> {
  const above = parentOf(path);
  const directory = await follow(root, above);
  if (directory === undefined || !(await canHold(directory))) return undefined;
  if (directory === placeIn(root, above)) return '';
  return directory === placeIn(root, layout.pristine + above) ? layout.pristine : undefined;
}

/** Whether names can be in a directory once it is there. */
async function canHold(directory: string): Promise<boolean> {
  try {
    return (await lstat(directory)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return error.code === 'ENOENT';
    throw error;
  }
}

/** lstat, or undefined if there is nothing. */
export async function statusOf(place: string) {
  try {
    return await lstat(place);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

export async function isSymlink(place: string): Promise<boolean> {
  return (await statusOf(place))?.isSymbolicLink() === true;
}

/** Whether nothing would be lost with an object. */
export async function isEmptyOrGone(place: string): Promise<boolean> {
  const stats = await statusOf(place);
  if (stats?.isDirectory() === true) return (await readdir(place)).length === 0;
  return stats === undefined || (stats.isFile() && stats.size === 0);
}

/** Asked so often that it does not wait its turn in the thread pool. */
function isFreeOfLinks(root: string, path: string): boolean {
  return [...[...ancestors(path)].toReversed(), path].every((one) => {
    const stats = lstatSync(placeIn(root, one), { throwIfNoEntry: false });
    return stats === undefined || !stats.isSymbolicLink();
  });
}

function placeIn(root: string, path: string): string {
  return path === '/' ? root : root + path;
}
