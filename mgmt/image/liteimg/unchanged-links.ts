import { bytesOf, textOf } from '../../../agent/files/bytes.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isBelow } from '../../../agent/rules/path.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import {
  areaOf,
  at,
  follow,
  isEmptyOrGone,
  isSymlink,
  standing,
  statusOf,
  targetOf,
  type Tree,
} from './image.ts';
import { keptLink, leadsTo } from './kept-links.ts';
import { type PlaceBefore, placesBefore } from './place-before.ts';
import { isPlantedAt } from './planted.ts';
import { sameContent } from './same-content.ts';

/**
 * The links that were kept for entries and whose stand-in or copy nobody changed, with their
 * targets: in a restored image they stand there again.
 */
export async function unchangedLinks(image: Tree, saved: Saved): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  const before = placesBefore(image, saved.entries, saved.made);
  const known = [...new Set([...saved.entries.keys(), ...saved.made.keys()])].toSorted();
  for (const path of saved.entries.keys()) {
    const found = (await keptCopy(image, path)) ?? (await unkeptCopy(image, path));
    if (found === undefined) continue;
    const { link, copy } = found;
    const target = await targetOf(image, link);
    const original = await leadsTo(image, path, target);
    const isUntouched = saved.made.has(path) || (await isEmptyOrGone(image, copy));
    if (isUntouched || (await isAsCopied({ image, saved, known, before, path, copy, original }))) {
      links.set(path, target);
    }
  }
  return links;
}

/** Where a link is, and the stand-in or copy of what it leads to. */
interface Found {
  readonly link: string;
  readonly copy: string;
}

async function keptCopy(image: Tree, path: string): Promise<Found | undefined> {
  const link = await keptLink(image, path);
  if (link === undefined) return undefined;
  if (await isPlantedAt(image, path))
    return { link, copy: await at(image, layout.pristine + path) };
  const area = await areaOf(image, path);
  if (area === undefined) return undefined;
  const copy = await at(image, area + path);
  return isSymlink(image, copy) ? undefined : { link, copy };
}

/** A killed run had made the copy and not yet replaced the link. */
async function unkeptCopy(image: Tree, path: string): Promise<Found | undefined> {
  const hasLink = (await areaOf(image, path)) === '' && (await standing(image, path)) === 'link';
  if (!hasLink) return undefined;
  const link = await at(image, path);
  const kept = await keptLink(image, path);
  const isOther =
    kept !== undefined && (await targetOf(image, kept)) !== (await targetOf(image, link));
  if (isOther) return undefined;
  const copy = await at(image, layout.pristine + path);
  return statusOf(image, copy) === undefined ? undefined : { link, copy };
}

interface Copied {
  readonly image: Tree;
  readonly saved: Saved;
  /** All paths of the record, sorted. */
  readonly known: readonly string[];
  readonly before: PlaceBefore;
  readonly path: string;
  readonly copy: string;
  readonly original: string | undefined;
}

/** Listed paths below were copied each from its own original. */
async function isAsCopied(copied: Copied): Promise<boolean> {
  const { image, saved, known, before, path, copy } = copied;
  const listed = sortedBelow(known, path);
  for (const one of [path, ...listed]) {
    if (one !== path && saved.made.has(one)) continue;
    const within = listed.filter((other) => isBelow(other, one));
    const isSame = await sameContent(image.files, {
      copy: copy + one.slice(path.length),
      original: await originalOf(copied, one),
      but: new Set(within.map((other) => other.slice(one.length))),
      before,
    });
    if (!isSame) return false;
  }
  return true;
}

async function originalOf(
  { image, before, path, original }: Copied,
  one: string,
): Promise<string | undefined> {
  if (one === path || original === undefined) return original;
  const place = original + one.slice(path.length);
  const now = textOf((await before(bytesOf(place))) ?? bytesOf(place));
  const inImage = place.slice(image.root.length);
  return isSymlink(image, now)
    ? leadsTo(image, inImage, await targetOf(image, now))
    : follow(image, inImage);
}

/** Paths below one: in a sorted list they are side by side, from where a binary search finds the first. */
function sortedBelow(sorted: readonly string[], path: string): string[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < `${path}/`) low = middle + 1;
    else high = middle;
  }
  const found: string[] = [];
  for (let one = sorted[low]; one !== undefined && isBelow(one, path); one = sorted[++low]) {
    found.push(one);
  }
  return found;
}
