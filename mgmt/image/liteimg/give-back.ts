import type { Bytes } from '../../../agent/files/bytes.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, parentOf } from '../../../agent/rules/path.ts';
import {
  type Area,
  areaOf,
  at,
  follow,
  type Image,
  isSymlink,
  statusOf,
  targetOf,
  type Tree,
} from './image.ts';
import { isBehindKept, keptLink, leadsTo } from './kept-links.ts';
import { makeDirectories, prune, putInPlace } from './make.ts';
import { mirror } from './mirror.ts';
import { sameContent } from './same-content.ts';

/**
 * A link that was kept for an entry comes back, unless what stands there now was changed since:
 * then that is newer and stays, and a note tells where the link led to.
 */
export async function giveBackLink(
  image: Image,
  area: Area,
  path: string,
  unchanged: ReadonlyMap<string, string>,
): Promise<void> {
  const kept = await keptLink(image, path);
  if (kept === undefined) return pruneLinks(image, path);
  if (!unchanged.has(path)) {
    const target = await targetOf(image, kept);
    if (await isThereStill(image, area + path, target)) {
      await image.files.remove(kept);
      return pruneLinks(image, path);
    }
    image.notes.push(`${path} was changed since and stays; before, it was a link to ${target}`);
    await image.files.remove(kept);
    return pruneLinks(image, path);
  }
  await makeDirectories(image, parentOf(area + path));
  const place = await at(image, area + path);
  await putInPlace(image, kept, place);
  await pruneLinks(image, path);
}

/** A killed run had put a copy aside and not yet replaced the link. */
async function isThereStill(image: Tree, path: string, target: string): Promise<boolean> {
  const place = await at(image, path);
  return isSymlink(image, place) && (await targetOf(image, place)) === target;
}

/** The same below the copy of what a kept link leads to: there, the link itself is still in its place. */
export async function giveBackCopiedLink(image: Image, path: string): Promise<void> {
  const place = await at(image, layout.pristine + path);
  const link = await linkCopied(image, path);
  if (link === undefined) return;
  const original = await follow(image, link.slice(image.root.length));
  const comparison = {
    copy: place,
    original,
    but: new Set<string>(),
    before: async (one: Bytes) => one,
  };
  const isUnchanged =
    statusOf(image, place) === undefined || (await sameContent(image.files, comparison));
  if (isUnchanged) await mirror(image, { from: link, to: place, others: 'vanish' });
}

/** The directory it stood in was replaced by something else: the link has no place any more. */
export async function dropKeptLink(image: Tree, path: string): Promise<void> {
  const kept = await keptLink(image, path);
  if (kept === undefined) return;
  await image.files.remove(kept);
  await pruneLinks(image, path);
}

/** Below a path whose own link is kept there are no directories. */
async function pruneLinks(image: Tree, path: string): Promise<void> {
  if (!(await isBehindKept(image, path))) await prune(image, layout.links, path);
}

async function linkCopied(image: Tree, path: string): Promise<string | undefined> {
  for (const above of ancestors(path)) {
    const kept = await keptLink(image, above);
    if (kept === undefined) continue;
    const directory = await leadsTo(image, above, await targetOf(image, kept));
    if (directory === undefined) return undefined;
    const link = directory + path.slice(above.length);
    const isDirect = (await areaOf(image, link.slice(image.root.length))) === '';
    return isDirect && isSymlink(image, link) ? link : undefined;
  }
  return undefined;
}
