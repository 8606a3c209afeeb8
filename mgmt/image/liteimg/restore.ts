import type { Entries, Entry } from '../../../agent/rules/entries.ts';
import { parentIn } from '../../../agent/rules/family.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isLink } from '../../../agent/rules/options.ts';
import { depth } from '../../../agent/rules/path.ts';
import type { SavedEntry } from '../../../agent/rules/save.ts';
import type { Earlier } from './earlier.ts';
import { areaOf, at, type Image, standing, statusOf } from './image.ts';
import { dropKeptLink, giveBackCopiedLink, giveBackLink } from './give-back.ts';
import { layOver } from './lay-over.ts';
import { removeMade } from './made.ts';
import { discard, prune } from './make.ts';
import { removeThrough, unplant } from './plant.ts';
import { isPlantedAt } from './planted.ts';

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
    if (!(wasPlanted(earlier, entry) && wantsPlant(entries, entry.path))) {
      await takeOut(image, entry, earlier);
    }
  }
  await removeMade(image, entries);
  for (const entry of old.toReversed()) {
    const now = entries.get(entry.path);
    const isSame = now?.type === entry.type && isLink(now.option) === isLink(entry.option);
    if (!isSame) await forget(image, entry, earlier);
  }
}

/** Only the topmost of a chain of links is planted (semantics 4.3). */
function wasPlanted(earlier: Earlier, { path, option }: SavedEntry): boolean {
  return isLink(option) && parentIn(earlier.entries, path) === undefined;
}

function wantsPlant(entries: ReadonlyMap<string, Entry>, path: string): boolean {
  const entry = entries.get(path);
  return entry !== undefined && isLink(entry.option) && parentIn(entries, path) === undefined;
}

/** Brings an original back from /.default. What stands there instead of the link is newer. */
async function takeOut(image: Image, entry: SavedEntry, earlier: Earlier): Promise<void> {
  const { root } = image;
  const { path } = entry;
  const isMissing = (await areaOf(root, path)) === '' && (await standing(root, path)) === 'missing';
  if ((await isPlantedAt(root, path)) || (isMissing && wasPlanted(earlier, entry))) {
    return unplant(image, path, earlier.links.has(path) ? 'link' : 'original');
  }
  if (!wasPlanted(earlier, entry) || (await areaOf(root, path)) !== '') return;
  if ((await standing(root, path)) !== 'link') {
    await layOver(await at(root, path), await at(root, layout.pristine + path));
  }
  await removeThrough(root, path);
}

/** Takes away what only the old row needed: a stand-in, the mirror, the link in /.statelite/tmpfs. */
async function forget(image: Image, entry: SavedEntry, earlier: Earlier): Promise<void> {
  const { root } = image;
  const { path } = entry;
  const area = await areaOf(root, path);
  if (await isPlantedAt(root, path)) return;
  if (area === undefined) await dropKeptLink(root, path);
  else await giveBackLink(image, area, path, earlier.links);
  if (area === layout.pristine) return giveBackCopiedLink(image, path);
  const isInOriginalAbove = isLink(entry.option) && !wasPlanted(earlier, entry);
  if (isInOriginalAbove) return;
  const pristine = await at(root, layout.pristine + path);
  const isOriginal = isLink(entry.option) && !earlier.links.has(path);
  if (isOriginal && (await statusOf(pristine)) !== undefined) {
    image.notes.push(
      `${path} was replaced by something else; its original is in ${layout.pristine}`,
    );
  } else {
    await discard(root, pristine);
  }
  const isInCopyOfAbove = parentIn(earlier.entries, path) !== undefined;
  if (!isInCopyOfAbove) await prune(root, layout.pristine, path);
}
