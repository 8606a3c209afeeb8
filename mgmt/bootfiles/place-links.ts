import { linkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { hasCode } from '../../agent/errors.ts';

/** A symlink that is to be at `path`. */
export interface PlacedLink {
  readonly path: string;
  /** What it says. */
  readonly text: string;
  /** A name in the same directory that nobody else uses. */
  readonly beside: string;
}

/** File systems limit the names of a file; ext4, the least, to 65,000. Others wait for each part. */
const mostNames = 64;

/** The links in parts for `placeLinks`. */
export function linkParts(links: readonly PlacedLink[]): PlacedLink[][] {
  return [...Map.groupBy(links, ({ text }) => text).values()].flatMap((same) =>
    Array.from({ length: Math.ceil(same.length / mostNames) }, (_, part) =>
      same.slice(part * mostNames, (part + 1) * mostNames),
    ),
  );
}

/**
 * Makes symlinks of one text, in place of whatever is there: a single symlink with all the names.
 * Another symlink takes an inode, which ext4 without a journal looks for thirty times as long as
 * another name takes. Each name leads to the old place or the new one at any time.
 */
export function placeLinks(links: readonly PlacedLink[]): void {
  const [first, ...others] = links;
  if (first === undefined) return;
  try {
    symlinkSync(first.text, first.beside);
    for (const other of others) place(other, first.beside);
    renameSync(first.beside, first.path);
  } catch (error) {
    for (const { beside } of links) rmSync(beside, { force: true });
    throw error;
  }
}

/** Mostly nothing is there yet: no rename is needed then. */
function place(link: PlacedLink, twin: string): void {
  try {
    name(link.path, twin, link);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    name(link.beside, twin, link);
    renameSync(link.beside, link.path);
  }
}

/** link(2) names a symlink itself. Not every file system can. */
function name(path: string, twin: string, { text }: PlacedLink): void {
  try {
    linkSync(twin, path);
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EXDEV')) throw error;
    symlinkSync(text, path);
  }
}
