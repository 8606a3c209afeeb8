import { StateliteError } from '../../../agent/errors.ts';
import type { Entry } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import type { Earlier } from './earlier.ts';
import { areaOf, follow, isEmptyOrGone, standing, type Tree } from './image.ts';
import { lostBelow } from './lay-over.ts';
import { isPlantedAt, isTopmostLink } from './planted.ts';

/**
 * Refuses, before the first change, what would take an original away without a word (semantics
 * 4.4): it is in /.default, and its planted link was replaced by something that it cannot be joined
 * with. Throws ERR_STATELITE_IMAGE.
 */
export async function checkOriginals(
  image: Tree,
  earlier: Earlier,
  wanted: ReadonlyMap<string, Entry>,
): Promise<void> {
  for (const path of earlier.entries.keys()) {
    if (!isTopmostLink(earlier.entries, path) || earlier.links.has(path)) continue;
    if (await isPlantedAt(image, path)) continue;
    const lost = await lostOriginal(image, path, isTopmostLink(wanted, path));
    if (lost === undefined) continue;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `${lost.slice(layout.pristine.length)} is something else now, and its original ${lost} would be lost`,
      { hint: `in ${image.root}, keep what is right, move the other away, and run liteimg again` },
    );
  }
}

/** The path of an original that neither goes back to its place nor is laid under something newer. */
async function lostOriginal(
  image: Tree,
  path: string,
  isWanted: boolean,
): Promise<string | undefined> {
  const pristine = layout.pristine + path;
  if ((await areaOf(image, pristine)) !== '') return undefined;
  const older = image.root + pristine;
  const area = await areaOf(image, path);
  if (area === layout.pristine) return undefined; // below a planted link it is in its place
  const isJoined = area === '' && (isWanted || (await standing(image, path)) !== 'link');
  if (!isJoined) return (await isEmptyOrGone(image, older)) ? undefined : pristine;
  const newer = await follow(image, path);
  const lost = newer === undefined ? undefined : await lostBelow(image.files, newer, older);
  return lost?.slice(image.root.length);
}
