import { readdir, rm } from 'node:fs/promises';
import type { Entry } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, depth } from '../../../agent/rules/path.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import { follow, type Image, statusOf } from './image.ts';
import { keptLink } from './kept-links.ts';
import { isPlantedAt } from './planted.ts';

/** What is still as liteimg made it: empty, or holding no more than what liteimg made. */
export async function stillMade(root: string, { made }: Saved): Promise<Saved['made']> {
  const still = new Map<string, 'file' | 'dir'>();
  for (const [path, type] of deepestFirst(made)) {
    const place = await placeOfMade(root, path);
    const isStill =
      place === undefined
        ? await leadsToNothing(root, path)
        : await isAsMade(place, path, type, still);
    if (isStill) still.set(path, type);
  }
  return still;
}

/** A killed run may have planted a link, or left one, whose original is not there. */
async function leadsToNothing(root: string, path: string): Promise<boolean> {
  const isPlanted = await isPlantedAt(root, path);
  return isPlanted && (await keptLink(root, path)) === undefined;
}

/** Records what a killed run made for a path that the image has not, and nobody changed. */
export async function recordMade(
  { missing, made }: Image,
  place: string,
  path: string,
  type: 'file' | 'dir',
): Promise<void> {
  if (missing.has(path) && (await isAsMade(place, path, type, made))) made.set(path, type);
}

/**
 * Removes what liteimg made and no entry needs any more (semantics 4.4). What is no longer empty
 * belongs to the administrator.
 */
export async function removeMade(image: Image, wanted: ReadonlyMap<string, Entry>): Promise<void> {
  const above = new Set([...wanted.keys()].flatMap((path) => [...ancestors(path)]));
  for (const [path, type] of deepestFirst(image.made)) {
    if (wanted.get(path)?.type === type || (type === 'dir' && above.has(path))) continue;
    image.made.delete(path);
    const place = await placeOfMade(image.root, path);
    if (place === undefined || !(await isAsMade(place, path, type, new Map()))) continue;
    await rm(place, { recursive: true });
  }
}

/** In the image, below a planted link, or only in /.default (below a link that has a stand-in). */
async function placeOfMade(root: string, path: string): Promise<string | undefined> {
  const place = await follow(root, path);
  const pristine = root + layout.pristine + path;
  if (place === root + path && (await statusOf(place)) !== undefined) return place;
  const isMadeThere = place === pristine || place === root + path;
  return isMadeThere && (await statusOf(pristine)) !== undefined ? pristine : undefined;
}

async function isAsMade(
  place: string,
  path: string,
  type: 'file' | 'dir',
  made: Saved['made'],
): Promise<boolean> {
  const stats = await statusOf(place);
  if (type === 'file') return stats?.isFile() === true && stats.size === 0;
  if (stats?.isDirectory() !== true) return false;
  return (await readdir(place)).every((name) => made.has(`${path}/${name}`));
}

function deepestFirst(made: Saved['made']): [string, 'file' | 'dir'][] {
  return [...made].toSorted(([a], [b]) => depth(b) - depth(a));
}
