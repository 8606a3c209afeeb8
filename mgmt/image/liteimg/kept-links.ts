import { rename, rm } from 'node:fs/promises';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, below, components, parentOf } from '../../../agent/rules/path.ts';
import { at, follow, isSymlink } from './image.ts';
import { makeDirectories } from './make.ts';

/**
 * Where the link is kept that stood at a listed path (semantics 4.2), if one is. Below a path that
 * was a link itself none is kept: it is still there, in what that leads to.
 */
export async function keptLink(root: string, path: string): Promise<string | undefined> {
  for (const above of [...ancestors(path)].toReversed()) {
    if (await isSymlink(root + layout.links + above)) return undefined;
  }
  const place = await at(root, layout.links + path);
  return (await isSymlink(place)) ? place : undefined;
}

/** Puts the link at a place of the image aside. */
export async function keepLink(root: string, place: string, path: string): Promise<void> {
  if (await isBehindKept(root, path)) return rm(place);
  const kept = layout.links + path;
  await makeDirectories(root, parentOf(kept));
  await rename(place, await at(root, kept));
}

/** Whether a directory above a path was a link that leads elsewhere. */
export async function isBehindKept(root: string, path: string): Promise<boolean> {
  for (const above of ancestors(path)) {
    if ((await keptLink(root, above)) !== undefined) return true;
  }
  return false;
}

/** Where a link leads to that stood, or stands, at a canonical path; undefined if that is a loop. */
export async function leadsTo(
  root: string,
  path: string,
  target: string,
): Promise<string | undefined> {
  let directory = target.startsWith('/') ? '/' : parentOf(path);
  const names = components(target);
  for (; names[0] === '..' || names[0] === '.'; names.shift()) {
    if (names[0] === '..') directory = parentOf(directory);
  }
  return follow(root, below(directory, names.join('/')));
}
