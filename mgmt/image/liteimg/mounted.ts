import { layout } from '../../../agent/rules/layout.ts';
import { at, mustFollow, type Image, standing } from './image.ts';
import { isBehindKept, keepLink } from './kept-links.ts';
import { discard, lend, makeEmpty, makeParents } from './make.ts';
import { copyOriginal, type Original } from './original.ts';
import { unplant } from './plant.ts';

/**
 * A mounted entry stays in place. What is missing is made, and a link gets a stand-in that looks
 * like what it leads to (semantics 4.1, 4.2).
 */
export async function prepareMountPoint(image: Image, { entry }: Original): Promise<void> {
  const { root } = image;
  const { path, type, original } = entry;
  await clearOtherType(root, layout.pristine + path, type);
  if (await isBehindKept(root, path)) return; // the stand-in above stays empty
  if ((await standing(root, path)) === 'planted') await unplant(image, path, 'original');
  const now = await standing(root, path);
  const place = await at(root, path);
  if (now === 'link') await keepLink(root, place, path);
  if (now === 'link' || now === 'missing') await makeEmpty(image, '', path, type);
  if (original === undefined || original === path) return;
  await lend(image, await mustFollow(root, original), await at(root, path), now !== type);
}

/** Mirrors a mounted entry to /.default, or makes it there too if it is missing (semantics 4.1). */
export async function mirrorMounted(image: Image, original: Original): Promise<void> {
  const { path, type } = original.entry;
  await makeParents(image, layout.pristine, path);
  const to = await at(image.root, layout.pristine + path);
  if (await copyOriginal(image, original, to, 'vanish')) return;
  const made = { ...original, entry: { ...original.entry, original: path } };
  if (await copyOriginal(image, made, to, 'vanish')) return;
  await makeEmpty(image, layout.pristine, path, type);
}

/** What an earlier table, or a stock liteimg, left in /.default does not bear another type below it. */
async function clearOtherType(root: string, path: string, type: 'file' | 'dir'): Promise<void> {
  const now = await standing(root, path);
  if (now !== 'missing' && now !== type) await discard(root, await at(root, path));
}
