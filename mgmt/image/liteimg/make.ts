import { layout } from '../../../agent/rules/layout.ts';
import { ancestors } from '../../../agent/rules/path.ts';
import {
  type Area,
  at,
  type Image,
  isSymlink,
  mustFollow,
  statusOf,
  targetOf,
  type Tree,
} from './image.ts';

/** Where objects are built, see `emptyWorkplace`. */
export const workplace = `${layout.statelite}/liteimg.new`;

/** Makes a directory of liteimg's own and those above it. */
export async function makeDirectories(image: Tree, path: string): Promise<void> {
  for (const one of [...[...ancestors(path)].toReversed(), path]) {
    await image.files.makeDirectory(await at(image, one));
  }
}

/** Makes the directories above a path; in /.default they are as the image's of that name (semantics 4.1). */
export async function makeParents(image: Image, area: Area, path: string): Promise<void> {
  for (const above of [...ancestors(path)].toReversed()) {
    const place = await at(image, area + above);
    const isNew = await image.files.makeDirectory(place);
    if (isNew && image.missing.has(above)) image.made.set(above, 'dir');
    if (area !== '') await lend(image, await mustFollow(image, above), place, isNew);
  }
}

/** An empty file (0644) or directory (0755) of root's, with its parents (semantics 4.1). */
export async function makeEmpty(
  image: Image,
  area: Area,
  path: string,
  type: 'file' | 'dir',
): Promise<void> {
  await makeParents(image, area, path);
  await makeObject(image, await at(image, area + path), path, type);
}

/** The object alone, at a place of this machine. */
export async function makeObject(
  image: Image,
  place: string,
  path: string,
  type: 'file' | 'dir',
): Promise<void> {
  const isNew = await (type === 'dir'
    ? image.files.makeDirectory(place)
    : image.files.makeFile(place));
  if (isNew && image.missing.has(path)) image.made.set(path, type);
}

/**
 * Gives owner, mode, times and xattrs of one object to another of its type, if that is new or
 * looks different.
 */
export async function lend(image: Image, from: string, to: string, isNew: boolean): Promise<void> {
  const [lender, borrower] = [statusOf(image, from), statusOf(image, to)];
  if (from === to || lender === undefined || borrower === undefined) return;
  if (lender.isDirectory() !== borrower.isDirectory()) return;
  const isSame =
    lender.mode === borrower.mode && lender.uid === borrower.uid && lender.gid === borrower.gid;
  if (isNew || !isSame) await image.files.copies().attributes(from, to);
}

/** Puts a symlink at a place of liteimg's own, whatever stands there. */
export async function putLink(image: Tree, place: string, target: string): Promise<void> {
  if (isSymlink(image, place) && (await targetOf(image, place)) === target) return;
  const built = await emptyWorkplace(image);
  await image.files.makeLink(built, target);
  await putInPlace(image, built, place);
}

/**
 * Moves what was built to its place, whatever stands there. Nodes that run from the image see the
 * old or the new; only where one of them is a directory, there is nothing for a moment.
 */
export async function putInPlace(image: Tree, built: string, place: string): Promise<void> {
  const [old, now] = [place, built].map((one) => statusOf(image, one)?.isDirectory());
  if (old !== undefined && (old || now === true)) await image.files.remove(place);
  await image.files.move(built, place);
}

/** Takes away what liteimg keeps at a place, all of it at once. */
export async function discard(image: Tree, place: string): Promise<void> {
  if (statusOf(image, place) === undefined) return;
  await image.files.move(place, await emptyWorkplace(image));
  await emptyWorkplace(image);
}

/**
 * Where objects of the image are built before they are renamed into place, and end when they are
 * discarded. There is one for all, so that nothing of a killed run stays.
 */
export async function emptyWorkplace(image: Tree): Promise<string> {
  const place = await at(image, workplace);
  await image.files.remove(place);
  return place;
}

/** Removes the directories above a path while they are empty, in an area of liteimg's own. */
export async function prune(
  image: Tree,
  area: typeof layout.pristine | typeof layout.links | typeof layout.tmpfs,
  path: string,
): Promise<void> {
  for (const above of ancestors(path)) {
    const place = await at(image, area + above);
    const isThere = statusOf(image, place) !== undefined;
    if (isThere && !(await image.files.removeEmpty(place))) return;
  }
}
