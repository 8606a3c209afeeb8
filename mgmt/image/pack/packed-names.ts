import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Compression } from './compress.ts';
import { besideOf, digestOf, type Format } from './pack-root.ts';

/** What is packed: a root that statelite prepared, or the root of a stateless node. */
export type PackedBase = 'rootimg-statelite' | 'rootimg';

const suffixes: Readonly<Record<Compression, string>> = {
  gzip: '.gz',
  zstd: '.zst',
  xz: '.xz',
  none: '',
};

/** The file of a packed root: cpio with gzip has xCAT's name, `<base>.gz`, the others tell what they are. */
export function packedName(base: PackedBase, format: Format, compression: Compression): string {
  if (format === 'squashfs') return `${base}.sfs`;
  if (format === 'cpio' && compression === 'gzip') return `${base}.gz`;
  return `${base}.${format}${suffixes[compression]}`;
}

/** Every name that a packed root of this kind can have. */
export function packedNames(base: PackedBase): string[] {
  const compressions: readonly Compression[] = ['gzip', 'zstd', 'xz', 'none'];
  const names = (['cpio', 'tar', 'squashfs'] as const).flatMap((format) =>
    compressions.map((compression) => packedName(base, format, compression)),
  );
  return [...new Set([...names, `${base}.cpio.gz`])]; // the last is of later versions of xCAT
}

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
