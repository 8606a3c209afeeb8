import type { Entry } from '../../../agent/rules/entries.ts';
import { parentIn } from '../../../agent/rules/family.ts';
import { isLink } from '../../../agent/rules/options.ts';
import type { Image } from './image.ts';
import { mirrorMounted, prepareMountPoint } from './mounted.ts';
import type { Original } from './original.ts';
import { placesBefore } from './place-before.ts';
import { ensureBelowPlant, plant } from './plant.ts';
import { isTopmostLink } from './planted.ts';

/** Brings the image into the form that the entries want (semantics 4.1–4.3). */
export async function prepareEntries(
  image: Image,
  entries: ReadonlyMap<string, Entry>,
): Promise<void> {
  const before = placesBefore(image, entries, image.made);
  const children = Map.groupBy(entries.keys(), (path) => parentIn(entries, path)?.path);
  const originals = [...entries.values()].map((entry): Original => {
    const nearest = children.get(entry.path) ?? [];
    return { entry, leaveOut: nearest.map((path) => path.slice(entry.path.length)), before };
  });
  for (const original of originals) {
    const { path, option } = original.entry;
    image.journal.about({ task: 'prepare', path });
    if (!isLink(option)) await prepareMountPoint(image, original);
    else if (isTopmostLink(entries, path)) await plant(image, original);
    else await ensureBelowPlant(image, original);
  }
  // Children first: a directory's times are right once nothing in it changes any more.
  for (const original of originals.toReversed()) {
    if (isLink(original.entry.option)) continue;
    image.journal.about({ task: 'prepare', path: original.entry.path });
    await mirrorMounted(image, original);
  }
}
