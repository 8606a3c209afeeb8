import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';

/** How one tree is laid into another. */
export interface Merging {
  /** `link`: the first tree stays and shares its files. */
  readonly how: 'move' | 'link';
  /** Which of two objects of one name stays; directories of both are merged. */
  readonly keep: 'here' | 'coming';
  /** Names at the top that are left out. */
  readonly except: readonly string[];
  readonly signal: AbortSignal;
}

/** Lays what is below `from` into the directory `to`, on the same file system. */
export async function mergeTree(from: string, to: string, merging: Merging): Promise<void> {
  const { except, signal } = merging;
  signal.throwIfAborted();
  for (const name of await readdir(from)) {
    if (except.includes(name)) continue;
    const [source, target] = [join(from, name), join(to, name)];
    const [coming, here] = [await lstat(source), await lstatIfThere(target)];
    if (coming.isDirectory() && (here === undefined || here.isDirectory())) {
      await mergeDirectory({ source, target, coming, isNew: here === undefined }, merging);
    } else if (here === undefined || merging.keep === 'coming') {
      if (here !== undefined) await rm(target, { recursive: true });
      await place({ source, target, coming }, merging);
    }
  }
}

interface Pair {
  readonly source: string;
  readonly target: string;
  readonly coming: Stats;
}

/** A directory that stays in use keeps what its administrator gave it. */
async function mergeDirectory(
  { source, target, coming, isNew }: Pair & { readonly isNew: boolean },
  merging: Merging,
): Promise<void> {
  if (isNew && merging.how === 'move') return rename(source, target);
  if (isNew) await mkdir(target);
  if (merging.how === 'link') {
    await chown(target, coming.uid, coming.gid);
    await chmod(target, coming.mode & 0o7777);
  }
  await mergeTree(source, target, { ...merging, except: [] });
}

/** A directory that takes the place of a file is made anew; links are made anew too. */
async function place({ source, target, coming }: Pair, merging: Merging): Promise<void> {
  if (merging.how === 'move') return rename(source, target);
  if (coming.isDirectory()) {
    return mergeDirectory({ source, target, coming, isNew: true }, merging);
  }
  if (coming.isSymbolicLink()) return symlink(await readlink(source), target);
  await link(source, target);
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
