import { rename, rm } from 'node:fs/promises';
import { layout } from '../../../agent/rules/layout.ts';
import { parentOf } from '../../../agent/rules/path.ts';
import { areaOf, at, type Image, standing, statusOf } from './image.ts';
import { keepLink, keptLink } from './kept-links.ts';
import { layOver } from './lay-over.ts';
import { recordMade } from './made.ts';
import { discard, makeDirectories, makeParents, prune, putLink } from './make.ts';
import { buildOriginal, copyOriginal, type Original } from './original.ts';
import { plantedTarget, throughTarget } from './planted.ts';

/**
 * The original goes to /.default and the two relative symlinks take its place (semantics 4.1, 4.2).
 * A real object or a link where the planted one should be is newer than the original.
 */
export async function plant(image: Image, original: Original): Promise<void> {
  const { root } = image;
  const { path } = original.entry;
  const now = await standing(root, path);
  await makeDirectories(root, parentOf(layout.tmpfs + path));
  // First: a missing object with this link is known to be in /.default, should this run be killed.
  await putLink(await at(root, layout.tmpfs + path), throughTarget(path));
  await makeParents(image, '', path);
  await makeParents(image, layout.pristine, path);
  const place = await at(root, path);
  const pristine = await at(root, layout.pristine + path);
  const hasOriginal = (await statusOf(pristine)) !== undefined;
  if (now === 'dir' || now === 'file') {
    await layOver(place, pristine);
    await rename(place, pristine);
  } else if (!hasOriginal) {
    await rename(await buildOriginal(image, original), pristine);
  } else if (now === 'link' && !(await copyOriginal(image, original, pristine, 'stay'))) {
    await recordMade(image, pristine, path, original.entry.type);
  }
  if (now === 'link') await keepLink(root, place, path);
  await putLink(place, plantedTarget(path));
}

/** Below a planted link nothing stands in the image: /.default has the entry (semantics 4.3). */
export async function ensureBelowPlant(image: Image, original: Original): Promise<void> {
  const { root } = image;
  const { path } = original.entry;
  const now = await standing(root, layout.pristine + path);
  if (now === 'dir' || now === 'file') return;
  const built = await buildOriginal(image, original);
  const pristine = await at(root, layout.pristine + path);
  if (now !== 'missing') await keepLink(root, pristine, path);
  await rename(built, pristine);
}

/**
 * The original goes back to its place; with `link`, the link that stood there does, and the copy of
 * what it leads to vanishes.
 */
export async function unplant(
  { root }: { readonly root: string },
  path: string,
  what: 'original' | 'link',
): Promise<void> {
  const place = await at(root, path);
  const pristine = await at(root, layout.pristine + path);
  const kept = what === 'link' ? await keptLink(root, path) : undefined;
  const hasOriginal = (await statusOf(pristine)) !== undefined;
  if (kept !== undefined || hasOriginal) await makeDirectories(root, parentOf(path));
  if (kept !== undefined) {
    await discard(root, pristine);
    await rename(kept, place);
    await prune(root, layout.links, path);
  } else {
    await rm(place, { force: true });
    if (hasOriginal) await rename(pristine, place);
  }
  await removeThrough(root, path);
}

/** Removes the link in the image's own /.statelite/tmpfs. */
export async function removeThrough(root: string, path: string): Promise<void> {
  if ((await areaOf(root, layout.tmpfs + path)) !== '') return; // below the link of a directory above
  await rm(await at(root, layout.tmpfs + path), { force: true });
  await prune(root, layout.tmpfs, path);
}
