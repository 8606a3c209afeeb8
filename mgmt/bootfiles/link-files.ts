import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { inSlices, linkTarget, namesIn } from './directory.ts';
import type { LinkPlace } from './layout.ts';
import { linkPlaces, pathIn } from './node-files.ts';

/** A name that loaders ask for by an address. */
interface Found {
  /** Below tftpdir. */
  readonly path: string;
  /** What a symlink says; undefined: it is a file. */
  readonly target: string | undefined;
  /** Of a file with several names: its number on the disk. */
  readonly inode: number | undefined;
}

/**
 * The names below `tftpdir` by which loaders find these nodes: symlinks to a node's file, ours, and
 * hard links of it, stock's. Reads each directory once; linear in its names and in `nodes`.
 */
export async function linksTo(tftpdir: string, nodes: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { place, path, isOwn } of linkPlaces()) {
    const found = await linksIn(tftpdir, place);
    const named = nodes.filter(isOwn);
    const targets = new Set(named.map((node) => `${place.target}${node}`));
    const hard = found.filter(({ inode }) => inode !== undefined);
    const inodes = new Set<number | undefined>();
    await inSlices(hard.length === 0 ? [] : named, (node) => {
      inodes.add(inodeOf(join(tftpdir, path(node))));
    });
    const own = [
      ...found.filter(({ target }) => target !== undefined && targets.has(target)),
      ...hard.filter(({ inode }) => inodes.has(inode)),
    ];
    paths.push(...own.map((link) => link.path));
  }
  return paths;
}

async function linksIn(tftpdir: string, place: LinkPlace): Promise<Found[]> {
  const names = namesIn(join(tftpdir, place.directory)).filter((name) => place.pattern.test(name));
  const found: Found[] = [];
  await inSlices(names, (name) => {
    const path = pathIn(place, name);
    const target = linkTarget(join(tftpdir, path));
    const inode = target === undefined ? hardLinked(join(tftpdir, path)) : undefined;
    found.push({ path, target, inode });
  });
  return found;
}

function hardLinked(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.nlink > 1 ? stats.ino : undefined;
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino;
  } catch (error) {
    if (hasCode(error, 'ELOOP', 'ENOTDIR')) return undefined;
    throw error;
  }
}
