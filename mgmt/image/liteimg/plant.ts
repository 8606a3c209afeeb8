import { layout } from '../../../agent/rules/layout.ts';
import { parentOf } from '../../../agent/rules/path.ts';
import { areaOf, at, type Image, standing, statusOf, type Tree } from './image.ts';
import { keepLink, keptLink } from './kept-links.ts';
import { layOver } from './lay-over.ts';
import { recordMade } from './made.ts';
import { discard, makeDirectories, makeParents, prune, putInPlace, putLink } from './make.ts';
import { buildOriginal, copyOriginal, type Original } from './original.ts';
import { plantedTarget, throughTarget } from './planted.ts';

/**
 * The original goes to /.default and the two relative symlinks take its place (semantics 4.1, 4.2).
 * A real object or a link where the planted one should be is newer than the original.
 */
export async function plant(image: Image, original: Original): Promise<void> {
  const { path } = original.entry;
  const now = await standing(image, path);
  await makeDirectories(image, parentOf(layout.tmpfs + path));
  // First: a missing object with this link is known to be in /.default, should this run be killed.
  await putLink(image, await at(image, layout.tmpfs + path), throughTarget(path));
  await makeParents(image, '', path);
  await makeParents(image, layout.pristine, path);
  const place = await at(image, path);
  const pristine = await at(image, layout.pristine + path);
  const hasOriginal = statusOf(image, pristine) !== undefined;
  if (now === 'dir' || now === 'file') {
    await layOver(image.files, place, pristine);
    if (now === 'file') await image.files.addName(place, pristine);
    else await image.files.move(place, pristine);
  } else if (!hasOriginal) {
    await image.files.move(await buildOriginal(image, original), pristine);
  } else if (now === 'link' && !(await copyOriginal(image, original, pristine, 'stay'))) {
    await recordMade(image, pristine, path, original.entry.type);
  }
  if (now === 'link') await keepLink(image, place, path);
  await putLink(image, place, plantedTarget(path));
}

/** Below a planted link nothing stands in the image: /.default has the entry (semantics 4.3). */
export async function ensureBelowPlant(image: Image, original: Original): Promise<void> {
  const { path } = original.entry;
  const now = await standing(image, layout.pristine + path);
  if (now === 'dir' || now === 'file') return;
  const built = await buildOriginal(image, original);
  const pristine = await at(image, layout.pristine + path);
  if (now !== 'missing') await keepLink(image, pristine, path);
  await putInPlace(image, built, pristine);
}

/**
 * The original goes back to its place; with `link`, the link that stood there does, and the copy of
 * what it leads to vanishes.
 */
export async function unplant(image: Tree, path: string, what: 'original' | 'link'): Promise<void> {
  const place = await at(image, path);
  const pristine = await at(image, layout.pristine + path);
  const kept = what === 'link' ? await keptLink(image, path) : undefined;
  const hasOriginal = statusOf(image, pristine) !== undefined;
  if (kept !== undefined || hasOriginal) await makeDirectories(image, parentOf(path));
  if (kept !== undefined) {
    await putInPlace(image, kept, place);
    await discard(image, pristine);
    await prune(image, layout.links, path);
  } else if (hasOriginal) await putInPlace(image, pristine, place);
  else await image.files.remove(place);
  await removeThrough(image, path);
}

/** Removes the link in the image's own /.statelite/tmpfs. */
export async function removeThrough(image: Tree, path: string): Promise<void> {
  if ((await areaOf(image, layout.tmpfs + path)) !== '') return; // below the link of a directory above
  await image.files.remove(await at(image, layout.tmpfs + path));
  await prune(image, layout.tmpfs, path);
}
