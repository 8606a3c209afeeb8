import { layout } from '../../../agent/rules/layout.ts';
import { at, mustFollow, type Image, standing, type Tree } from './image.ts';
import { isBehindKept, keepLink } from './kept-links.ts';
import {
  discard,
  emptyWorkplace,
  lend,
  makeEmpty,
  makeObject,
  makeParents,
  putInPlace,
} from './make.ts';
import { copyOriginal, type Original } from './original.ts';
import { unplant } from './plant.ts';

/**
 * A mounted entry stays in place. What is missing is made, and a link gets a stand-in that looks
 * like what it leads to (semantics 4.1, 4.2).
 */
export async function prepareMountPoint(image: Image, { entry }: Original): Promise<void> {
  const { path, type, original } = entry;
  await clearOtherType(image, layout.pristine + path, type);
  if (await isBehindKept(image, path)) return; // the stand-in above stays empty
  if ((await standing(image, path)) === 'planted') await unplant(image, path, 'original');
  const now = await standing(image, path);
  const place = await at(image, path);
  const lender = original === undefined ? undefined : await mustFollow(image, original);
  if (now === 'link') {
    await keepLink(image, place, path);
    const standIn = await emptyWorkplace(image);
    await makeObject(image, standIn, path, type);
    if (lender !== undefined) await lend(image, lender, standIn, true);
    return putInPlace(image, standIn, place);
  }
  if (now === 'missing') await makeEmpty(image, '', path, type);
  if (lender !== undefined) await lend(image, lender, place, now !== type);
}

/** Mirrors a mounted entry to /.default, or makes it there too if it is missing (semantics 4.1). */
export async function mirrorMounted(image: Image, original: Original): Promise<void> {
  const { path, type } = original.entry;
  await makeParents(image, layout.pristine, path);
  const to = await at(image, layout.pristine + path);
  if (await copyOriginal(image, original, to, 'vanish')) return;
  const made = { ...original, entry: { ...original.entry, original: path } };
  if (await copyOriginal(image, made, to, 'vanish')) return;
  await makeEmpty(image, layout.pristine, path, type);
}

/** What an earlier table, or a stock liteimg, left in /.default does not bear another type below it. */
async function clearOtherType(image: Tree, path: string, type: 'file' | 'dir'): Promise<void> {
  const now = await standing(image, path);
  if (now !== 'missing' && now !== type) await discard(image, await at(image, path));
}
