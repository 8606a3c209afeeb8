import { lstat, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { bytesOf } from '../../../agent/files/bytes.ts';
import { chase } from '../../../agent/files/chase.ts';
import { copyAttributes, type CopyCalls, startCopy } from '../../../agent/files/copy.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors } from '../../../agent/rules/path.ts';
import { plantedOriginal } from '../../../agent/rules/walk.ts';

export type Standing =
  | { readonly type: 'missing' | 'dir' | 'file' | 'planted' }
  | { readonly type: 'link'; readonly target: string };

/** An image that liteimg works on. Every path is canonical and inside it (semantics 4.5). */
export interface Image {
  readonly root: string;
  readonly calls: CopyCalls;
  /** What liteimg has made so far, with its type; recorded before it is made. */
  readonly made: Map<string, 'file' | 'dir'>;
  /** What the administrator should know. */
  readonly notes: string[];
}

/**
 * Where a path of the image is on this machine. Throws ERR_STATELITE_IMAGE if a link above it leads
 * elsewhere: then the image changed since it was surveyed.
 */
export async function at({ root }: Image, path: string): Promise<string> {
  const place = join(root, path);
  const directory = await chase(root, dirname(path));
  if (directory === dirname(place) || place === root) return place;
  throw new StateliteError('ERR_STATELITE_IMAGE', `${path} is behind a link in the image ${root}`, {
    hint: 'does something else change the image? run liteimg again',
  });
}

/** What stands at a path, not following a link there. */
export async function standing(image: Image, path: string): Promise<Standing> {
  const place = await at(image, path);
  const stats = await statusOf(place);
  if (stats === undefined) return { type: 'missing' };
  if (stats.isDirectory()) return { type: 'dir' };
  if (!stats.isSymbolicLink()) return { type: 'file' };
  const target = await readlink(place);
  if (plantedOriginal(path, target) !== undefined) return { type: 'planted' };
  return { type: 'link', target };
}

/** Makes the directories above a path in one of the image's areas ('' or /.default). */
export async function makeParents(
  image: Image,
  area: '' | '/.default',
  path: string,
): Promise<void> {
  for (const above of [...ancestors(path)].toReversed()) {
    const place = await at(image, area + above);
    if ((await statusOf(place)) !== undefined) continue;
    if (area === '') image.made.set(above, 'dir');
    await mkdir(place, { mode: 0o755 });
    if (area !== '') await lendFrom(image, above, place);
  }
}

/** An empty file (0644) or directory (0755) of root's, as the image's of that name if it has one. */
export async function makeEmpty(
  image: Image,
  area: '' | '/.default',
  path: string,
  type: 'file' | 'dir',
): Promise<void> {
  await makeParents(image, area, path);
  const place = await at(image, area + path);
  if (type === 'dir') await mkdir(place, { recursive: true, mode: 0o755 });
  else await writeFile(place, '', { flag: 'a', mode: 0o644 });
}

/** Puts a symlink at a place at once, whatever file or link stands there; one that is right stays. */
export async function replaceLink(place: string, target: string): Promise<void> {
  const stats = await statusOf(place);
  if (stats?.isSymbolicLink() === true && (await readlink(place)) === target) return;
  const beside = join(dirname(place), '.statelite.new');
  await rm(beside, { recursive: true, force: true });
  await symlink(target, beside);
  await rename(beside, place);
}

/** Keeps a symlink that stood at a listed path, so that removing the row brings it back (semantics 4.2). */
export async function keepLink(image: Image, area: '' | '/.default', path: string): Promise<void> {
  const kept = join(image.root, layout.links, path);
  await mkdir(dirname(kept), { recursive: true });
  await rename(await at(image, area + path), kept);
}

/** Removes a directory and those above it while they are empty and liteimg's own. */
export async function removeMadeParents(image: Image, path: string): Promise<void> {
  for (const above of ancestors(path)) {
    if (image.made.get(above) !== 'dir' || !(await isEmptyAt(image, above, 'dir'))) return;
    await rm(join(image.root, above), { recursive: true });
    await rm(join(image.root, layout.pristine, above), { recursive: true, force: true });
    image.made.delete(above);
  }
}

/** Whether an object is still as liteimg made it. */
export async function isEmptyAt(
  image: Image,
  path: string,
  type: 'file' | 'dir',
): Promise<boolean> {
  const place = await at(image, path);
  const stats = await statusOf(place);
  if (stats === undefined || stats.isSymbolicLink()) return false;
  if (stats.isDirectory()) return type === 'dir' && (await readdir(place)).length === 0;
  return type === 'file' && stats.isFile() && stats.size === 0;
}

export async function statusOf(place: string) {
  try {
    return await lstat(place);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function lendFrom(image: Image, path: string, place: string): Promise<void> {
  const original = await chase(image.root, path);
  if ((await statusOf(original))?.isDirectory() !== true) return;
  await copyAttributes(startCopy(image.calls), bytesOf(original), bytesOf(place));
}
