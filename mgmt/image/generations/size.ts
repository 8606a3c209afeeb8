import { bytesOf } from '../../../agent/files/bytes.ts';
import { inodeOf, walk } from './walk.ts';

/** What a generation takes on the disk. */
export interface Size {
  /** All of its files. */
  readonly total: number;
  /** What would be free without it: its files that no other generation has. */
  readonly own: number;
}

export async function sizeOf(directory: string): Promise<Size> {
  let own = 0;
  let total = 0;
  const many = new Map<string, { bytes: number; names: bigint; seen: bigint }>();
  for await (const { stats } of walk(bytesOf(directory))) {
    const bytes = Number(stats.blocks) * 512;
    if (stats.isDirectory() || stats.nlink === 1n) {
      own += bytes;
      total += bytes;
      continue;
    }
    const inode = inodeOf(stats);
    const seen = (many.get(inode)?.seen ?? 0n) + 1n;
    if (seen === 1n) total += bytes;
    many.set(inode, { bytes, names: stats.nlink, seen });
  }
  for (const { bytes, names, seen } of many.values()) if (seen === names) own += bytes;
  return { total, own };
}
