import { type Bytes, bytesOf, textOf } from '../../../agent/files/bytes.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isBelow } from '../../../agent/rules/path.ts';
import type { Tree } from './image.ts';
import { keptLink } from './kept-links.ts';
import { isPlantedAt } from './planted.ts';

/**
 * Where what stood at a place of the image before liteimg is now, both absolute on this machine;
 * undefined if liteimg made it.
 */
export type PlaceBefore = (place: Bytes) => Promise<Bytes | undefined>;

/** Of a listed path that is the link kept aside, or the original in /.default. */
export function placesBefore(
  image: Tree,
  listed: { has(path: string): boolean },
  made: { has(path: string): boolean },
): PlaceBefore {
  return async (place) => {
    const inImage = textOf(place).slice(image.root.length);
    const isPristine = isBelow(inImage, layout.pristine);
    const path = isPristine ? inImage.slice(layout.pristine.length) : inImage;
    const kept = listed.has(path) ? await keptLink(image, path) : undefined;
    if (kept !== undefined) return bytesOf(kept);
    if (made.has(path)) return undefined;
    return listed.has(path) && (await isPlantedAt(image, path))
      ? bytesOf(image.root + layout.pristine + path)
      : place;
  };
}
