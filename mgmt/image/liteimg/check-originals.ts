import { StateliteError } from '../../../agent/errors.ts';
import type { Entry } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import type { Earlier } from './earlier.ts';
import { areaOf, follow, isEmptyOrGone, standing } from './image.ts';
import { lostBelow } from './lay-over.ts';
import { isPlantedAt, isTopmostLink } from './planted.ts';

/**
 * Refuses, before the first change, what would take an original away without a word (semantics
 * 4.4): it is in /.default, and its planted link was replaced by something that it cannot be joined
 * with. Throws ERR_STATELITE_IMAGE.
 */
export async function checkOriginals(
  root: string,
  earlier: Earlier,
  wanted: ReadonlyMap<string, Entry>,
): Promise<void> {
  for (const path of earlier.entries.keys()) {
    if (!isTopmostLink(earlier.entries, path) || earlier.links.has(path)) continue;
    if (await isPlantedAt(root, path)) continue;
    const lost = await lostOriginal(root, path, isTopmostLink(wanted, path));
    if (lost === undefined) continue;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `${lost.slice(layout.pristine.length)} is something else now, and its original ${lost} would be lost`,
      { hint: `in ${root}, keep what is right, move the other away, and run liteimg again` },
    );
  }
}

/** The path of an original that neither goes back to its place nor is laid under something newer. */
async function lostOriginal(
  root: string,
  path: string,
  isWanted: boolean,
): Promise<string | undefined> {
  const pristine = layout.pristine + path;
  if ((await areaOf(root, pristine)) !== '') return undefined;
  const older = root + pristine;
  const area = await areaOf(root, path);
  if (area === layout.pristine) return undefined; // below a planted link it is in its place
  const isJoined = area === '' && (isWanted || (await standing(root, path)) !== 'link');
  if (!isJoined) return (await isEmptyOrGone(older)) ? undefined : pristine;
  const newer = await follow(root, path);
  const lost = newer === undefined ? undefined : await lostBelow(newer, older);
  return lost?.slice(root.length);
}
