import { link, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { besideOf, directoryOf } from '../../../agent/files/beside.ts';
import { type Bytes, bytesOf, checked, fsPath } from '../../../agent/files/bytes.ts';
import { checkedCopy } from '../../../agent/files/fault.ts';
import type { Native } from '../../../agent/native/load.ts';
import { namesOfMany, type Shared, type ShareCalls, sharedTops } from './share.ts';
import { statusOf, walk } from './walk.ts';

/**
 * Gives a root files of its own in place of those that it shares with other generations, so that it
 * can be changed in place. Each is copied beside and renamed: nodes that have the shared one open keep
 * it, for another generation still has a name of it. Throws a FileFault with ENOSPC if there is no
 * room; what was done by then is as good as not done.
 */
export async function unshareRoot(
  root: string,
  scratch: string,
  calls: ShareCalls & Pick<Native, 'copyObject'>,
): Promise<Shared> {
  const top = bytesOf(root);
  const shared = { files: 0, bytes: 0 };
  await mkdir(scratch);
  try {
    await removeStrays(top);
    for (const names of (await namesOfMany(top)).values()) {
      const [first] = names;
      const stats = first === undefined ? undefined : statusOf(top + first);
      if (first === undefined || stats === undefined) continue;
      if (stats.nlink <= BigInt(names.length)) continue; // hard links within the image
      await ownCopy(
        names.map((name) => top + name),
        bytesOf(scratch),
        calls,
      );
      shared.files += 1;
      shared.bytes += Number(stats.blocks) * 512;
    }
  } finally {
    await rmdir(scratch);
  }
  return shared;
}

/** Of a run that was killed. */
async function removeStrays(top: Bytes): Promise<void> {
  for (const directory of sharedTops(top)) {
    for await (const { path } of walk(top + directory)) {
      const place = top + directory + path;
      if (besideOf(place) === place) await rm(fsPath(place), { force: true });
    }
  }
}

async function ownCopy(
  names: readonly Bytes[],
  scratch: Bytes,
  calls: ShareCalls & Pick<Native, 'copyObject'>,
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
