import { StateliteError } from '../../../agent/errors.ts';
import type { Compression } from './compress.ts';
import type { Format } from './pack-root.ts';

/** What `-m` can say. */
export const methods = ['cpio', 'tar', 'squashfs'] as const satisfies readonly Format[];

/** What `-c` can say; pigz makes the same files as gzip. */
export const compressions = ['gzip', 'pigz', 'zstd', 'xz', 'none'] as const;

export interface Packing {
  readonly format: Format;
  readonly compression: Compression;
}

/** How to pack: cpio if nothing is said, with gzip as xCAT does, and squashfs with zstd. */
export function packingFor(
  method: Format | undefined,
  compress: (typeof compressions)[number] | undefined,
): Packing {
  const format = method ?? 'cpio';
  const usual = format === 'squashfs' ? 'zstd' : 'gzip';
  const given = compress ?? usual;
  return { format, compression: given === 'pigz' ? 'gzip' : given };
}

/** ERR_STATELITE_USAGE for what the agent, which has a node's processor for it, does not unpack. */
export function refuseUnbootable({ format, compression }: Packing): void {
  if (format === 'squashfs' || compression !== 'xz') return;
  throw new StateliteError('ERR_STATELITE_USAGE', 'nodes do not unpack archives compressed by xz', {
    hint: 'use -c zstd, which is nearly as small and unpacks many times quicker, or -m squashfs -c xz',
  });
}
