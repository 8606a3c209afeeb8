import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, below, components, parentOf } from '../../../agent/rules/path.ts';
import { at, follow, isSymlink, type Tree } from './image.ts';
import { makeDirectories } from './make.ts';

/**
 * Where the link is kept that stood at a listed path (semantics 4.2), if one is. Below a path that
 * was a link itself none is kept: it is still there, in what that leads to.
 */
export async function keptLink(image: Tree, path: string): Promise<string | undefined> {
  for (const above of [...ancestors(path)].toReversed()) {
    if (isSymlink(image, image.root + layout.links + above)) return undefined;
  }
  const place = await at(image, layout.links + path);
  return isSymlink(image, place) ? place : undefined;
}

/** Puts a copy of the link at a place of the image aside. */
export async function keepLink(image: Tree, place: string, path: string): Promise<void> {
  if (await isBehindKept(image, path)) return;
  const kept = layout.links + path;
  await makeDirectories(image, parentOf(kept));
  const copy = await at(image, kept);
  await image.files.remove(copy);
  await image.files.copies().object(place, copy);
}

/** Whether a directory above a path was a link that leads elsewhere. */
export async function isBehindKept(image: Tree, path: string): Promise<boolean> {
  for (const above of ancestors(path)) {
    if ((await keptLink(image, above)) !== undefined) return true;
  }
  return false;
}

/** Where a link leads to that stood, or stands, at a canonical path; undefined if that is a loop. */
export async function leadsTo(
  image: Tree,
  path: string,
  target: string,
): Promise<string | undefined> {
  let directory = target.startsWith('/') ? '/' : parentOf(path);
  const names = components(target);
  for (; names[0] === '..' || names[0] === '.'; names.shift()) {
    if (names[0] === '..') directory = parentOf(directory);
  }
  return follow(image, below(directory, names.join('/')));
}
