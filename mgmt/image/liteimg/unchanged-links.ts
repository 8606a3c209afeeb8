import { readlink } from 'node:fs/promises';
import { bytesOf, textOf } from '../../../agent/files/bytes.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isBelow } from '../../../agent/rules/path.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import { areaOf, at, follow, isEmptyOrGone, isSymlink, standing, statusOf } from './image.ts';
import { keptLink, leadsTo } from './kept-links.ts';
import { type PlaceBefore, placesBefore } from './place-before.ts';
import { isPlantedAt } from './planted.ts';
import { sameContent } from './same-content.ts';

/**
 * The links that were kept for entries and whose stand-in or copy nobody changed, with their
 * targets: in a restored image they stand there again.
 */
export async function unchangedLinks(root: string, saved: Saved): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  const before = placesBefore(root, saved.entries, saved.made);
  for (const path of saved.entries.keys()) {
    const found = (await keptCopy(root, path)) ?? (await unkeptCopy(root, path));
    if (found === undefined) continue;
    const { link, copy } = found;
    const target = await readlink(link);
    const original = await leadsTo(root, path, target);
    const isUntouched = saved.made.has(path) || (await isEmptyOrGone(copy));
    if (isUntouched || (await isAsCopied({ root, saved, before, path, copy, original }))) {
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

async function keptCopy(root: string, path: string): Promise<Found | undefined> {
  const link = await keptLink(root, path);
  if (link === undefined) return undefined;
  if (await isPlantedAt(root, path)) return { link, copy: await at(root, layout.pristine + path) };
  const area = await areaOf(root, path);
  if (area === undefined) return undefined;
  const copy = await at(root, area + path);
  return (await isSymlink(copy)) ? undefined : { link, copy };
}

/** A killed run had made the copy and not yet put the link aside. */
async function unkeptCopy(root: string, path: string): Promise<Found | undefined> {
  const hasLink = (await areaOf(root, path)) === '' && (await standing(root, path)) === 'link';
  if (!hasLink || (await keptLink(root, path)) !== undefined) return undefined;
  const copy = await at(root, layout.pristine + path);
  return (await statusOf(copy)) === undefined ? undefined : { link: await at(root, path), copy };
}

interface Copied {
  readonly root: string;
  readonly saved: Saved;
  readonly before: PlaceBefore;
  readonly path: string;
  readonly copy: string;
  readonly original: string | undefined;
}

/** Listed paths below were copied each from its own original. */
async function isAsCopied(copied: Copied): Promise<boolean> {
  const { saved, before, path, copy } = copied;
  const listed = [...saved.entries.keys(), ...saved.made.keys()].filter((one) =>
    isBelow(one, path),
  );
  for (const one of [path, ...listed]) {
    if (one !== path && saved.made.has(one)) continue;
    const within = listed.filter((other) => isBelow(other, one));
    const isSame = await sameContent({
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
  { root, before, path, original }: Copied,
  one: string,
): Promise<string | undefined> {
  if (one === path || original === undefined) return original;
  const place = original + one.slice(path.length);
  const now = textOf((await before(bytesOf(place))) ?? bytesOf(place));
  const inImage = place.slice(root.length);
  return (await isSymlink(now))
    ? leadsTo(root, inImage, await readlink(now))
    : follow(root, inImage);
}
