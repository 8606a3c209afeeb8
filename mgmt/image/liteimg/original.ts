import type { Entry } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { mustFollow, type Image, statusOf } from './image.ts';
import { emptyWorkplace, makeObject, makeParents } from './make.ts';
import { mirror } from './mirror.ts';
import type { PlaceBefore } from './place-before.ts';

/** An entry, with what copying its original needs. */
export interface Original {
  readonly entry: Entry;
  /** Listed paths below it, relative to it: each has an original of its own. */
  readonly leaveOut: readonly string[];
  readonly before: PlaceBefore;
}

/**
 * Builds the original that /.default is to have: a copy of what the path leads to, or
 * something empty if that is nothing. Returns where it is.
 */
export async function buildOriginal(image: Image, original: Original): Promise<string> {
  const { path, type } = original.entry;
  await makeParents(image, layout.pristine, path);
  const place = await emptyWorkplace(image);
  if (!(await copyOriginal(image, original, place, 'vanish'))) {
    await makeObject(image, place, path, type);
  }
  return place;
}

/** Copies what the path leads to, if that is anything. */
export async function copyOriginal(
  image: Image,
  { entry, leaveOut, before }: Original,
  to: string,
  others: 'vanish' | 'stay',
): Promise<boolean> {
  if (entry.original === undefined) return false;
  const from = await mustFollow(image, entry.original);
  if (statusOf(image, from) === undefined) return false;
  await mirror(image, { from, to, leaveOut, others, before });
  return true;
}
