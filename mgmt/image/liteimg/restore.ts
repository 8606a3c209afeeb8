import type { Entries } from '../../../agent/rules/entries.ts';
import { parentIn } from '../../../agent/rules/family.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isLink } from '../../../agent/rules/options.ts';
import { depth } from '../../../agent/rules/path.ts';
import type { SavedEntry } from '../../../agent/rules/save.ts';
import type { Earlier } from './earlier.ts';
import { areaOf, at, type Image, standing } from './image.ts';
import { dropKeptLink, giveBackCopiedLink, giveBackLink } from './give-back.ts';
import { layOver } from './lay-over.ts';
import { removeMade } from './made.ts';
import { discard, prune } from './make.ts';
import { removeThrough, unplant } from './plant.ts';
import { isPlantedAt, isTopmostLink } from './planted.ts';

/**
 * Gives the image back what earlier runs changed for rows that are gone or changed (semantics 4.4).
 * Nothing of the administrator's is deleted: only copies, and what liteimg made and is still empty.
 */
export async function restoreEntries(
  image: Image,
  earlier: Earlier,
  { entries }: Entries,
): Promise<void> {
  const old = [...earlier.entries.values()].toSorted((a, b) => depth(a.path) - depth(b.path));
  for (const entry of old) {
    const stays = isTopmostLink(earlier.entries, entry.path) && isTopmostLink(entries, entry.path);
    image.journal.about({ task: 'restore', path: entry.path });
    if (!stays) await takeOut(image, entry, earlier);
  }
  await removeMade(image, entries);
  for (const entry of old.toReversed()) {
    const now = entries.get(entry.path);
    const isSame = now?.type === entry.type && isLink(now.option) === isLink(entry.option);
    image.journal.about({ task: 'restore', path: entry.path });
    if (!isSame) await forget(image, entry, earlier);
  }
}

/** Brings an original back from /.default. What stands there instead of the link is newer. */
async function takeOut(image: Image, { path }: SavedEntry, earlier: Earlier): Promise<void> {
  const wasPlanted = isTopmostLink(earlier.entries, path);
  const now = (await areaOf(image, path)) === '' ? await standing(image, path) : 'elsewhere';
  if ((await isPlantedAt(image, path)) || (wasPlanted && now === 'missing')) {
    await unplant(image, path, earlier.links.has(path) ? 'link' : 'original');
  } else if (wasPlanted && (now === 'dir' || now === 'file')) {
    await layOver(image.files, await at(image, path), await at(image, layout.pristine + path));
  }
  if (wasPlanted) await removeThrough(image, path);
}

/** Takes away what only the old row needed: a stand-in, the mirror, the link in /.statelite/tmpfs. */
async function forget(image: Image, entry: SavedEntry, earlier: Earlier): Promise<void> {
  const { path } = entry;
  const area = await areaOf(image, path);
  if (await isPlantedAt(image, path)) return;
  if (area === undefined) await dropKeptLink(image, path);
  else await giveBackLink(image, area, path, earlier.links);
  if (area === layout.pristine) return giveBackCopiedLink(image, path);
  const isInOriginalAbove = isLink(entry.option) && !isTopmostLink(earlier.entries, path);
  if (isInOriginalAbove) return;
  if ((await areaOf(image, layout.pristine + path)) !== '') return; // the copy of a link in a mirror
  await discard(image, await at(image, layout.pristine + path));
  const isInCopyOfAbove = parentIn(earlier.entries, path) !== undefined;
  if (!isInCopyOfAbove) await prune(image, layout.pristine, path);
}
