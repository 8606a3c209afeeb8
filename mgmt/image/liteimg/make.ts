import { chmod, mkdir, readlink, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import { bytesOf } from '../../../agent/files/bytes.ts';
import { copyAttributes, startCopy } from '../../../agent/files/copy.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors } from '../../../agent/rules/path.ts';
import { type Area, at, mustFollow, type Image, statusOf } from './image.ts';

/** Makes a directory of liteimg's own and those above it. */
export async function makeDirectories(root: string, path: string): Promise<void> {
  for (const one of [...[...ancestors(path)].toReversed(), path]) {
    await makeDirectory(await at(root, one));
  }
}

/** Makes the directories above a path; in /.default they are as the image's of that name (semantics 4.1). */
export async function makeParents(image: Image, area: Area, path: string): Promise<void> {
  for (const above of [...ancestors(path)].toReversed()) {
    const place = await at(image.root, area + above);
    const isNew = await makeDirectory(place);
    if (isNew && image.missing.has(above)) image.made.set(above, 'dir');
    if (area !== '') await lend(image, await mustFollow(image.root, above), place, isNew);
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
  await makeObject(image, await at(image.root, area + path), path, type);
}

/** The object alone, at a place of this machine. */
export async function makeObject(
  image: Image,
  place: string,
  path: string,
  type: 'file' | 'dir',
): Promise<void> {
  const isNew = await (type === 'dir' ? makeDirectory(place) : makeFile(place));
  if (isNew && image.missing.has(path)) image.made.set(path, type);
}

/**
 * Gives owner, mode, times and xattrs of one object to another of its type, if that is new or
 * looks different.
 */
export async function lend(
  { calls }: Image,
  from: string,
  to: string,
  isNew: boolean,
): Promise<void> {
  const [lender, borrower] = [await statusOf(from), await statusOf(to)];
  if (from === to || lender === undefined || borrower === undefined) return;
  if (lender.isDirectory() !== borrower.isDirectory()) return;
  const isSame =
    lender.mode === borrower.mode && lender.uid === borrower.uid && lender.gid === borrower.gid;
  if (isNew || !isSame) await copyAttributes(startCopy(calls), bytesOf(from), bytesOf(to));
}

/** Puts a symlink at a place of liteimg's own, whatever stands there. */
export async function putLink(place: string, target: string): Promise<void> {
  const stats = await statusOf(place);
  if (stats?.isSymbolicLink() === true && (await readlink(place)) === target) return;
  await rm(place, { recursive: true, force: true });
  await symlink(target, place);
}

/** Takes away what liteimg keeps at a place, all of it at once. */
export async function discard(root: string, place: string): Promise<void> {
  if ((await statusOf(place)) === undefined) return;
  await rename(place, await emptyWorkplace(root));
  await emptyWorkplace(root);
}

/**
 * Where objects of the image are built before they are renamed into place, and end when they are
 * discarded. There is one for all, so that nothing of a killed run stays.
 */
export async function emptyWorkplace(root: string): Promise<string> {
  const place = await at(root, `${layout.statelite}/liteimg.new`);
  await rm(place, { recursive: true, force: true });
  return place;
}

/** Removes the directories above a path while they are empty, in an area of liteimg's own. */
export async function prune(
  root: string,
  area: typeof layout.pristine | typeof layout.links | typeof layout.tmpfs,
  path: string,
): Promise<void> {
  for (const above of ancestors(path)) {
    try {
      await rmdir(await at(root, area + above));
    } catch (error) {
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return; // EEXIST on some file systems
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

/** Returns whether it was missing. The umask does not count: nodes must be able to read. */
async function makeDirectory(place: string): Promise<boolean> {
  try {
    await mkdir(place);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await chmod(place, 0o755);
  return true;
}

async function makeFile(place: string): Promise<boolean> {
  try {
    await writeFile(place, '', { flag: 'wx' });
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await chmod(place, 0o644);
  return true;
}
