import type { Extent } from '../protocol/partition-parts.ts';
import type { Geometry, NewPartition, PartitionTable, Piece } from './partition-gpt.ts';

/** What its fields of 32 bits can count. */
const mostSectors = 2 ** 32;

/** Why an MBR cannot have these partitions; undefined if it can. */
export function mbrLimit(sector: number, partitions: readonly Extent[]): string | undefined {
  if (partitions.length > 4) return 'a table of the kind msdos has at most 4 partitions';
  const isBeyond = partitions.some(({ start, size }) => (start + size) / sector > mostSectors);
  if (!isBeyond) return undefined;
  return `a table of the kind msdos ends at ${(mostSectors * sector) / 2 ** 40} TiB`;
}

/** An MBR with partitions that have a place in it, and `id` (4 bytes) as its disk signature. */
export function renderMbr(
  { sector }: Geometry,
  id: Buffer,
  partitions: readonly NewPartition[],
): Piece[] {
  const limit = mbrLimit(sector, partitions);
  if (limit !== undefined) throw new Error(limit);
  const bytes = Buffer.alloc(512);
  id.copy(bytes, 440, 0, 4);
  for (const [index, { start, size, swap }] of partitions.entries()) {
    const entry = bytes.subarray(446 + index * 16);
    // Cylinders, heads and sectors are for nobody any more: the highest value says so.
    Buffer.from([0, 0xfe, 0xff, 0xff, swap ? 0x82 : 0x83, 0xfe, 0xff, 0xff]).copy(entry);
    entry.writeUInt32LE(start / sector, 8);
    entry.writeUInt32LE(size / sector, 12);
  }
  bytes.writeUInt16LE(0xaa55, 510);
  return [{ offset: 0, bytes }];
}

/**
 * Reads an MBR; undefined if there is none: the first sector of a FAT file system ends like one,
 * but its entries make no sense. Logical partitions are not read: the extended one is a partition.
 */
export function parseMbr(head: Buffer, { sector, size }: Geometry): PartitionTable | undefined {
  if (head.length < 512 || head.readUInt16LE(510) !== 0xaa55) return undefined;
  const found = [0, 1, 2, 3].map((index) => {
    const entry = head.subarray(446 + index * 16, 446 + (index + 1) * 16);
    return {
      number: index + 1,
      flag: entry.readUInt8(0),
      type: entry.readUInt8(4),
      start: entry.readUInt32LE(8) * sector,
      size: entry.readUInt32LE(12) * sector,
    };
  });
  const used = found.filter(({ type }) => type !== 0);
  const isSane = found.every(({ flag }) => flag === 0 || flag === 0x80);
  const fits = used.every((part) => part.start > 0 && part.start + part.size <= size);
  // 0xEE protects a GPT, which is read in its stead.
  if (!isSane || !fits || used.some(({ type }) => type === 0xee)) return undefined;
  const extents = used.map(({ number, start, size: bytes }) => ({ number, start, size: bytes }));
  return { kind: 'msdos', id: head.toString('hex', 440, 444), extents };
}
