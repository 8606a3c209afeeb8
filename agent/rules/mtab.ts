import { hasCode } from '../errors.ts';
import { mtab } from './row.ts';
import type { View } from './view.ts';
import { plantedOriginal, type Walked, walkListed } from './walk.ts';

/** Where an image has /etc/mtab, and whether as a regular file. */
export interface MtabPlace {
  /** Canonical: /etc may be a link. */
  readonly path: string;
  readonly isRegular: boolean;
}

/** Looks for /etc/mtab; undefined where the image cannot have it. It never refuses (semantics 1.6). */
export function mtabPlace(image: View, isListed: (path: string) => boolean): MtabPlace | undefined {
  const walked = walk(image, isListed);
  if (walked === undefined) return undefined;
  const { canonical: path, real } = walked;
  const fact = image.at(real);
  const isRegular =
    fact.type === 'link'
      ? plantedOriginal(path, fact.target) !== undefined
      : fact.type === 'file' && fact.regular;
  return { path, isRegular };
}

function walk(image: View, isListed: (path: string) => boolean): Walked | undefined {
  try {
    return walkListed(image, mtab, isListed);
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_PATH')) return undefined; // a loop, or /etc is a file
    throw error;
  }
}
