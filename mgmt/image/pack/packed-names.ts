import { packingOf } from '../../../agent/protocol/image-url.ts';
import type { Compression } from './compress.ts';
import type { Format } from './pack-root.ts';

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
 * Whether a file of an image's directory is a packed root that nodes can fetch, or the digest of
 * one. Nodes do not read every packing that packimage can write.
 */
export function isPackedName(name: string): boolean {
  return fetched.has(name.replace(/\.sha256$/u, ''));
}

const fetched: ReadonlySet<string> = new Set(
  packedNames('rootimg-statelite').filter((name) => packingOf(name) !== undefined),
);
