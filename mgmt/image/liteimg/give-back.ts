import { readlink, rename, rm } from 'node:fs/promises';
import type { Bytes } from '../../../agent/files/bytes.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, parentOf } from '../../../agent/rules/path.ts';
import { type Area, areaOf, at, follow, type Image, isSymlink, statusOf } from './image.ts';
import { isBehindKept, keptLink, leadsTo } from './kept-links.ts';
import { makeDirectories, prune } from './make.ts';
import { mirror } from './mirror.ts';
import { sameContent } from './same-content.ts';

/**
 * A link that was kept for an entry comes back, unless what stands there now was changed since:
 * then that is newer and stays, and a note tells where the link led to.
 */
export async function giveBackLink(
  { root, notes }: Image,
  area: Area,
  path: string,
  unchanged: ReadonlyMap<string, string>,
): Promise<void> {
  const kept = await keptLink(root, path);
  if (kept === undefined) return pruneLinks(root, path);
  if (!unchanged.has(path)) {
    const target = await readlink(kept);
    notes.push(`${path} was changed since and stays; before, it was a link to ${target}`);
    await rm(kept);
    return pruneLinks(root, path);
  }
  await makeDirectories(root, parentOf(area + path));
  const place = await at(root, area + path);
  await rm(place, { recursive: true, force: true });
  await rename(kept, place);
  await pruneLinks(root, path);
}

/** The same below the copy of what a kept link leads to: there, the link itself is still in its place. */
export async function giveBackCopiedLink({ root, calls }: Image, path: string): Promise<void> {
  const place = await at(root, layout.pristine + path);
  const link = await linkCopied(root, path);
  if (link === undefined) return;
  const original = await follow(root, link.slice(root.length));
  const comparison = {
    copy: place,
    original,
    but: new Set<string>(),
    before: async (one: Bytes) => one,
  };
  const isUnchanged = (await statusOf(place)) === undefined || (await sameContent(comparison));
  if (isUnchanged) await mirror(calls, { from: link, to: place, others: 'vanish' });
}

/** The directory it stood in was replaced by something else: the link has no place any more. */
export async function dropKeptLink(root: string, path: string): Promise<void> {
  const kept = await keptLink(root, path);
  if (kept === undefined) return;
  await rm(kept);
  await pruneLinks(root, path);
}

/** Below a path whose own link is kept there are no directories. */
async function pruneLinks(root: string, path: string): Promise<void> {
  if (!(await isBehindKept(root, path))) await prune(root, layout.links, path);
}

async function linkCopied(root: string, path: string): Promise<string | undefined> {
  for (const above of ancestors(path)) {
    const kept = await keptLink(root, above);
    if (kept === undefined) continue;
    const directory = await leadsTo(root, above, await readlink(kept));
    if (directory === undefined) return undefined;
    const link = directory + path.slice(above.length);
    const isDirect = (await areaOf(root, link.slice(root.length))) === '';
    return isDirect && (await isSymlink(link)) ? link : undefined;
  }
  return undefined;
}
