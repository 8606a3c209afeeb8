import { mkdir, readdir, readlink, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bytesOf } from '../../../agent/files/bytes.ts';
import { chase } from '../../../agent/files/chase.ts';
import { copyAttributes, startCopy } from '../../../agent/files/copy.ts';
import type { Entries, Entry } from '../../../agent/rules/entries.ts';
import { parentIn } from '../../../agent/rules/family.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isLink } from '../../../agent/rules/options.ts';
import { ancestors, isBelow } from '../../../agent/rules/path.ts';
import { lexical } from '../../../agent/rules/walk.ts';
import {
  at,
  type Image,
  isEmptyAt,
  keepLink,
  makeEmpty,
  makeParents,
  replaceLink,
  standing,
  statusOf,
} from './image.ts';
import { mirror } from './mirror.ts';
import { plantedTarget, throughTarget } from './planted.ts';

/** Brings the image into the form that the entries want (semantics 4.1–4.3), parents first. */
export async function prepareEntries(image: Image, { entries }: Entries): Promise<void> {
  const paths = [...entries.keys()];
  for (const entry of entries.values()) {
    const leaveOut = entry.type === 'dir' ? paths.filter((path) => isBelow(path, entry.path)) : [];
    if (!isLink(entry.option)) await prepareMounted(image, entry, leaveOut);
    else if (parentIn(entries, entry.path) === undefined) await plant(image, entry, leaveOut);
    else await ensurePristine(image, entry, leaveOut);
  }
}

/** A mounted entry stays in place, is mirrored to /.default, and is made in both if it is missing. */
async function prepareMounted(
  image: Image,
  entry: Entry,
  leaveOut: readonly string[],
): Promise<void> {
  const { path } = entry;
  const now = await standing(image, path);
  if (now.type === 'link') {
    await keepOriginal(image, '', entry, leaveOut);
    await makeMountPoint(image, entry);
    return;
  }
  if (now.type === 'missing') return makeMissing(image, entry, leaveOut);
  if (!(await isEmptyAt(image, path, entry.type))) image.made.delete(path);
  const original = (await keptOriginal(image, path)) ?? join(image.root, path);
  await makeParents(image, layout.pristine, path);
  await mirrorTo(image, path, original, leaveOut);
}

/**
 * A path that the image lacks, made empty in both places. Below a listed link whose object became
 * the original only /.default has it.
 */
async function makeMissing(image: Image, entry: Entry, leaveOut: readonly string[]): Promise<void> {
  const { path, type } = entry;
  if (await isBehindKept(image, path)) return ensurePristine(image, entry, leaveOut);
  const pristine = await at(image, layout.pristine + path);
  await rm(pristine, { recursive: true, force: true }); // what vanished from the image vanishes there
  image.made.set(path, type);
  await makeEmpty(image, '', path, type);
  await makeEmpty(image, layout.pristine, path, type);
}

/** The topmost of a chain of links: original to /.default, the two relative symlinks in its place. */
async function plant(image: Image, entry: Entry, leaveOut: readonly string[]): Promise<void> {
  const { path, type } = entry;
  const now = await standing(image, path);
  const hasOriginal = (await standing(image, layout.pristine + path)).type !== 'missing';
  if (hasOriginal && !(await isEmptyAt(image, layout.pristine + path, type)))
    image.made.delete(path);
  if (now.type === 'link') await keepOriginal(image, '', entry, leaveOut);
  else if (now.type === 'dir' || now.type === 'file') await moveOriginal(image, entry, hasOriginal);
  else if (!hasOriginal) {
    image.made.set(path, type);
    await makeEmpty(image, layout.pristine, path, type);
  }
  await makeParents(image, '', path);
  const through = join(image.root, layout.tmpfs, path);
  await mkdir(dirname(through), { recursive: true });
  await replaceLink(through, throughTarget(path));
  await replaceLink(await at(image, path), plantedTarget(path));
}

/** Below a planted link nothing stands in the image; /.default has the entry, made if it is missing. */
async function ensurePristine(
  image: Image,
  entry: Entry,
  leaveOut: readonly string[],
): Promise<void> {
  const now = await standing(image, layout.pristine + entry.path);
  if (now.type === 'link') await keepOriginal(image, layout.pristine, entry, leaveOut);
  if (now.type === 'missing') await copyOriginal(image, entry, leaveOut);
}

/**
 * A real object at a planted link's place is newer than the original (a package manager put it
 * there): a file replaces it, a directory is laid over it, name by name (semantics 4.2).
 */
async function moveOriginal(
  image: Image,
  { path, type }: Entry,
  hasOriginal: boolean,
): Promise<void> {
  await makeParents(image, layout.pristine, path);
  const from = await at(image, path);
  const to = await at(image, layout.pristine + path);
  if (hasOriginal && type === 'dir') await layOver(from, to);
  else await rename(from, to);
}

async function layOver(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    const [above, below] = [join(from, name), join(to, name)];
    const [newer, older] = [await statusOf(above), await statusOf(below)];
    if (newer?.isDirectory() === true && older?.isDirectory() === true) {
      await layOver(above, below);
      continue;
    }
    if (older?.isDirectory() === true || newer?.isDirectory() === true) {
      await rm(below, { recursive: true, force: true });
    }
    await rename(above, below);
  }
  await rmdir(from);
}

/** A symlink at a listed path is kept aside; what it leads to becomes the original. */
async function keepOriginal(
  image: Image,
  area: '' | '/.default',
  entry: Entry,
  leaveOut: readonly string[],
): Promise<void> {
  await copyOriginal(image, entry, leaveOut);
  await keepLink(image, area, entry.path);
}

/** /.default gets what the entry's path leads to, or something empty if that is nothing. */
async function copyOriginal(
  image: Image,
  entry: Entry,
  leaveOut: readonly string[],
): Promise<void> {
  const { path, type, original } = entry;
  const pristine = layout.pristine + path;
  await makeParents(image, layout.pristine, path);
  if ((await standing(image, pristine)).type === 'link') await rm(await at(image, pristine));
  if (original !== undefined) {
    await mirrorTo(image, path, await chase(image.root, original), leaveOut);
  }
  if ((await standing(image, pristine)).type !== 'missing') return;
  image.made.set(path, type);
  await makeEmpty(image, layout.pristine, path, type);
}

async function mirrorTo(
  image: Image,
  path: string,
  from: string,
  leaveOut: readonly string[],
): Promise<void> {
  const to = await at(image, layout.pristine + path);
  if (from === to) return;
  const relative = leaveOut.map((below) => below.slice(path.length));
  await mirror(image.calls, { from, to, leaveOut: relative });
}

/** An empty object where a link stood, looking like what the link led to. */
async function makeMountPoint(image: Image, { path, type }: Entry): Promise<void> {
  await makeEmpty(image, '', path, type);
  const from = await at(image, layout.pristine + path);
  await copyAttributes(startCopy(image.calls), bytesOf(from), bytesOf(await at(image, path)));
}

/** Where the object is that a kept link leads to, if the path had a link. */
async function keptOriginal(image: Image, path: string): Promise<string | undefined> {
  const kept = join(image.root, layout.links, path);
  if ((await statusOf(kept))?.isSymbolicLink() !== true) return undefined;
  return chase(image.root, lexical(dirname(path), await readlink(kept)));
}

async function isBehindKept(image: Image, path: string): Promise<boolean> {
  for (const above of ancestors(path)) {
    const kept = await statusOf(join(image.root, layout.links, above));
    if (kept?.isSymbolicLink() === true) return true;
  }
  return false;
}
