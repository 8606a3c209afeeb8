import type { Entry } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, depth } from '../../../agent/rules/path.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import { follow, type Image, namesIn, statusOf, type Tree } from './image.ts';
import { keptLink } from './kept-links.ts';
import { isPlantedAt } from './planted.ts';

/** What is still as liteimg made it: empty, or holding no more than what liteimg made. */
export async function stillMade(image: Tree, { made }: Saved): Promise<Saved['made']> {
  const still = new Map<string, 'file' | 'dir'>();
  for (const [path, type] of deepestFirst(made)) {
    const place = await placeOfMade(image, path);
    const isStill =
      place === undefined
        ? await leadsToNothing(image, path)
        : await isAsMade(image, place, path, type, still);
    if (isStill) still.set(path, type);
  }
  return still;
}

/** A killed run may have planted a link, or left one, whose original is not there. */
async function leadsToNothing(image: Tree, path: string): Promise<boolean> {
  const isPlanted = await isPlantedAt(image, path);
  return isPlanted && (await keptLink(image, path)) === undefined;
}

/** Records what a killed run made for a path that the image has not, and nobody changed. */
export async function recordMade(
  image: Image,
  place: string,
  path: string,
  type: 'file' | 'dir',
): Promise<void> {
  const { missing, made } = image;
  if (missing.has(path) && (await isAsMade(image, place, path, type, made))) made.set(path, type);
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
    const place = await placeOfMade(image, path);
    if (place === undefined || !(await isAsMade(image, place, path, type, new Map()))) continue;
    image.journal.about({ task: 'leftover', path });
    await image.files.remove(place);
  }
}

/** In the image, below a planted link, or only in /.default (below a link that has a stand-in). */
async function placeOfMade(image: Tree, path: string): Promise<string | undefined> {
  const place = await follow(image, path);
  const pristine = image.root + layout.pristine + path;
  if (place === image.root + path && statusOf(image, place) !== undefined) return place;
  const isMadeThere = place === pristine || place === image.root + path;
  return isMadeThere && statusOf(image, pristine) !== undefined ? pristine : undefined;
}

async function isAsMade(
  image: Tree,
  place: string,
  path: string,
  type: 'file' | 'dir',
  made: Saved['made'],
): Promise<boolean> {
  const stats = statusOf(image, place);
  if (type === 'file') return stats?.isFile() === true && stats.size === 0n;
  if (stats?.isDirectory() !== true) return false;
  return (await namesIn(image, place)).every((name) => made.has(`${path}/${name}`));
}

function deepestFirst(made: Saved['made']): [string, 'file' | 'dir'][] {
  return [...made].toSorted(([a], [b]) => depth(b) - depth(a));
}
