import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { besideOf, digestOf } from './pack-root.ts';
import { type PackedBase, packedNames } from './packed-names.ts';

/**
 * Removes packed roots of this kind but one, with their digests and what killed runs left, and says
 * which they were.
 */
export async function removeOthers(
  directory: string,
  base: PackedBase,
  but: string,
): Promise<string[]> {
  const there = new Set(await readdir(directory));
  const others = packedNames(base).filter((name) => name !== but);
  const removed: string[] = [];
  for (const name of others) {
    for (const file of [besideOf(name), digestOf(name), name]) {
      if (!there.has(file)) continue;
      await rm(join(directory, file), { force: true });
      if (file === name) removed.push(name);
    }
  }
  return removed;
}
