import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readlink } from 'node:fs/promises';
import { chase } from '../../../agent/files/chase.ts';
import type { Entries, Entry } from '../../../agent/rules/entries.ts';
import { parentIn } from '../../../agent/rules/family.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isLink } from '../../../agent/rules/options.ts';
import { depth } from '../../../agent/rules/path.ts';
import type { Saved, SavedEntry } from '../../../agent/rules/save.ts';
import { lexical } from '../../../agent/rules/walk.ts';
import {
  at,
  type Image,
  isEmptyAt,
  removeMadeParents,
  replaceLink,
  standing,
  statusOf,
} from './image.ts';
import { sameContent } from './same-content.ts';

/**
 * Gives the image back what earlier runs changed for rows that are gone or changed (semantics 4.4),
 * deepest first. Nothing of the administrator's is deleted: only what liteimg made and what is still empty.
 */
export async function restoreEntries(image: Image, saved: Saved, wanted: Entries): Promise<void> {
  const old = [...saved.entries.values()].toSorted((a, b) => depth(a.path) - depth(b.path));
  for (const entry of old) {
    const now = wanted.entries.get(entry.path);
    if (wantsPlant(wanted, now) || (await isBehindPlant(image, entry.path))) continue;
    if (await isPlantedAt(image, entry.path)) await unplant(image, entry);
  }
  for (const entry of old.toReversed()) {
    const now = wanted.entries.get(entry.path);
    if (
      now === undefined ||
      isLink(now.option) !== isLink(entry.option) ||
      now.type !== entry.type
    ) {
      await forget(image, entry, now !== undefined);
    }
  }
}

/** Whether a planted link belongs there: only the topmost of a chain of links has one. */
function wantsPlant({ entries }: Entries, entry: Entry | undefined): boolean {
  return entry !== undefined && isLink(entry.option) && parentIn(entries, entry.path) === undefined;
}

/** Also where a killed run had taken the link away and not yet put the original back. */
async function isPlantedAt(image: Image, path: string): Promise<boolean> {
  const { type } = await standing(image, path);
  if (type === 'planted') return true;
  const through = join(image.root, layout.tmpfs, path);
  return type === 'missing' && (await statusOf(through))?.isSymbolicLink() === true;
}

/** The original goes back to the planted link's place. */
async function unplant(image: Image, { path }: SavedEntry): Promise<void> {
  const place = await at(image, path);
  const pristine = await at(image, layout.pristine + path);
  await rm(place, { force: true });
  if ((await statusOf(pristine)) !== undefined) await rename(pristine, place);
  await rm(join(image.root, layout.tmpfs, path), { force: true });
}

/** Takes away what only the old row needed: the mirror, what was made, a link kept aside. */
async function forget(image: Image, entry: SavedEntry, isListed: boolean): Promise<void> {
  const { path, type } = entry;
  if (await isBehindPlant(image, path)) return;
  const kept = join(image.root, layout.links, path);
  if ((await statusOf(kept))?.isSymbolicLink() === true) await giveLinkBack(image, path, kept);
  else if (!isListed && image.made.has(path)) await dropMade(image, path, type);
  const pristine = await at(image, layout.pristine + path);
  if ((await standing(image, path)).type !== 'planted') {
    await rm(pristine, { recursive: true, force: true });
  }
}

async function isBehindPlant(image: Image, path: string): Promise<boolean> {
  return (await chase(image.root, dirname(path))) !== join(image.root, dirname(path));
}

/**
 * The link that stood there comes back, unless what stands there now was changed since: then that
 * stays and the link is named in a note.
 */
async function giveLinkBack(image: Image, path: string, kept: string): Promise<void> {
  const place = await at(image, path);
  const target = await readlink(kept);
  const original = await chase(image.root, lexical(dirname(path), target));
  const isUnchanged =
    (await statusOf(place)) === undefined ||
    (await isEmptyAt(image, path, 'file')) ||
    (await isEmptyAt(image, path, 'dir')) ||
    (await sameContent(place, original));
  if (!isUnchanged) {
    image.notes.push(
      `${path} was changed and stays; the link it replaced (to ${target}) is in ${layout.links}`,
    );
    return;
  }
  await rm(place, { recursive: true, force: true });
  await replaceLink(place, target);
  await rm(kept);
}

async function dropMade(image: Image, path: string, type: 'file' | 'dir'): Promise<void> {
  if (await isEmptyAt(image, path, type)) await rm(await at(image, path), { recursive: true });
  image.made.delete(path);
  await removeMadeParents(image, path);
}
