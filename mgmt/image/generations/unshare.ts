import { link, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { besideOf, directoryOf } from '../../../agent/files/beside.ts';
import { type Bytes, bytesOf, checked, fsPath } from '../../../agent/files/bytes.ts';
import { checkedCopy } from '../../../agent/files/fault.ts';
import type { Native } from '../../../agent/native/load.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { namesOfMany, type Shared, sharedTops } from './share.ts';
import { statusOf, walk } from './walk.ts';

export type UnshareCalls = Pick<Native, 'copyAttributes' | 'copyObject'>;

/**
 * Gives a root files of its own in place of those that it shares with other generations, so that it
 * can be changed in place; with `below` only those that have a name below that path. Each is copied
 * beside and renamed: nodes that have the shared one open keep it, for another generation still has a
 * name of it. `scratch` is not there yet. Throws a FileFault with ENOSPC if there is no room; what was
 * done by then is as good as not done.
 */
export async function unshareRoot(
  root: string,
  scratch: string,
  calls: UnshareCalls,
  below = '',
): Promise<Shared> {
  const top = bytesOf(root);
  await removeStrays(top);
  const files = await sharedFiles(top, bytesOf(below));
  if (files.length === 0) return { files: 0, bytes: 0 };
  let bytes = 0;
  await mkdir(scratch);
  try {
    for (const names of files) {
      bytes += Number(statusOf(top + (names[0] ?? ''))?.blocks ?? 0n) * 512;
      await ownCopy(
        names.map((name) => top + name),
        bytesOf(scratch),
        calls,
      );
    }
  } finally {
    await rmdir(scratch);
  }
  return { files: files.length, bytes };
}

/** The names in a root of each file that has one elsewhere too; hard links within it are none. */
async function sharedFiles(top: Bytes, below: Bytes): Promise<Bytes[][]> {
  const isElsewhere = ([first = '', ...others]: readonly Bytes[]) =>
    (statusOf(top + first)?.nlink ?? 0n) > BigInt(1 + others.length);
  const some = [...(await namesOfMany(top, [below]))].filter(([, names]) => isElsewhere(names));
  if (some.length === 0 || below === '') return some.map(([, names]) => names);
  const all = await namesOfMany(top, ['']);
  return some.map(([inode]) => all.get(inode) ?? []).filter(isElsewhere);
}

/** Of a run that was killed. */
async function removeStrays(top: Bytes): Promise<void> {
  for (const directory of [...sharedTops(top), layout.pristine]) {
    for await (const { path } of walk(top + directory)) {
      const place = top + directory + path;
      if (besideOf(place) === place) await rm(fsPath(place), { force: true });
    }
  }
}

async function ownCopy(
  names: readonly Bytes[],
  scratch: Bytes,
  calls: UnshareCalls,
): Promise<void> {
  const [first = ''] = names;
  for (const name of names) {
    const beside = besideOf(name);
    await rm(fsPath(beside), { force: true });
    const directory = directoryOf(name);
    checked(await calls.copyAttributes(directory, scratch), 'times of a directory');
    if (name === first) {
      const needs = { bytes: 0, objects: 1 };
      checkedCopy(await calls.copyObject(name, beside), { from: name, to: beside, needs });
    } else await link(fsPath(first), fsPath(beside));
    await rename(fsPath(beside), fsPath(name));
    checked(await calls.copyAttributes(scratch, directory), 'times of a directory');
  }
}
