import { StateliteError } from '../../../agent/errors.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { below, components, parentOf } from '../../../agent/rules/path.ts';
import { plantedOriginal } from '../../../agent/rules/walk.ts';
import type { Files, Place, Status } from './files.ts';
import type { Journal } from './journal.ts';

/** The files of an image; `root` is where it is on this machine. */
export interface Tree {
  readonly root: string;
  readonly files: Files;
}

/** An image that liteimg works on. */
export interface Image extends Tree {
  readonly journal: Journal;
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
export async function at(image: Tree, path: string): Promise<string> {
  const directory = parentOf(path);
  if ((await follow(image, directory)) === placeIn(image, directory)) return placeIn(image, path);
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${path} is behind a link in the image ${image.root}`,
    {
      hint: 'remove the link, or does something else change the image? then run liteimg again',
    },
  );
}

/**
 * Where a path leads to inside the image, links followed, whatever is missing on the way; undefined
 * if they are a loop.
 */
export async function follow(image: Tree, path: string): Promise<string | undefined> {
  const pending = components(path);
  let reached = '/';
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      reached = parentOf(reached);
      continue;
    }
    const next = below(reached, name);
    if (!isSymlink(image, placeIn(image, next))) {
      reached = next;
      continue;
    }
    if (++links > mostLinks) return undefined;
    const target = await targetOf(image, placeIn(image, next));
    if (target.startsWith('/')) reached = '/';
    pending.unshift(...components(target));
  }
  return placeIn(image, reached);
}

/** As in the kernel (MAXSYMLINKS). */
const mostLinks = 40;

/** The same; ERR_STATELITE_IMAGE for a loop. */
export async function mustFollow(image: Tree, path: string): Promise<string> {
  const place = await follow(image, path);
  if (place !== undefined) return place;
  throw new StateliteError('ERR_STATELITE_IMAGE', `${path} is a loop of links in ${image.root}`, {
    hint: 'repair the links in the image',
  });
}

/** What stands at a path, not following a link there. */
export async function standing(image: Tree, path: string): Promise<Standing> {
  const place = await at(image, path);
  const stats = statusOf(image, place);
  if (stats === undefined) return 'missing';
  if (stats.isDirectory()) return 'dir';
  if (!stats.isSymbolicLink()) return 'file';
  return plantedOriginal(path, await targetOf(image, place)) === undefined ? 'link' : 'planted';
}

/**
 * Where the object of a listed path is: below a planted link in /.default, else in the image;
 * undefined behind a link of the image's own, or a file.
 */
export async function areaOf(image: Tree, path: string): Promise<Area | undefined> {
  const above = parentOf(path);
  const directory = await follow(image, above);
  if (directory === undefined || !canHold(image, directory)) return undefined;
  if (directory === placeIn(image, above)) return '';
  return directory === placeIn(image, layout.pristine + above) ? layout.pristine : undefined;
}

/** Whether names can be in a directory once it is there. */
function canHold(image: Tree, directory: string): boolean {
  const stats = statusOf(image, directory);
  if (stats !== undefined) return stats.isDirectory();
  const above = parentOf(directory);
  return directory === image.root || canHold(image, above);
}

/** lstat, or undefined if there is nothing. */
export function statusOf({ files }: Pick<Tree, 'files'>, place: Place): Status | undefined {
  return files.status(place);
}

export function isSymlink(image: Tree, place: Place): boolean {
  return statusOf(image, place)?.isSymbolicLink() === true;
}

export async function targetOf({ files }: Tree, link: Place): Promise<string> {
  return (await files.target(link)).toString();
}

export async function namesIn({ files }: Tree, directory: string): Promise<string[]> {
  return (await files.names(directory)).map((name) => name.toString());
}

/** Whether nothing would be lost with an object. */
export async function isEmptyOrGone(image: Tree, place: string): Promise<boolean> {
  const stats = statusOf(image, place);
  if (stats?.isDirectory() === true) return (await namesIn(image, place)).length === 0;
  return stats === undefined || (stats.isFile() && stats.size === 0n);
}

function placeIn({ root }: Tree, path: string): string {
  return path === '/' ? root : root + path;
}
