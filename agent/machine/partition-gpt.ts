import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { isZero } from './disk-content.ts';
import type { Extent } from '../protocol/partition-parts.ts';

/** What a partition table says. `id` is the disk's GUID, or the signature of an MBR; hexadecimal. */
export interface PartitionTable {
  readonly kind: 'gpt' | 'msdos';
  readonly id: string;
  readonly extents: readonly (Extent & { readonly number: number })[];
}

/** Bytes to write at a place of a disk. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** UEFI 5.3: 128 entries of 128 bytes. */
const entries = 128;
const entryBytes = 128;
const headerBytes = 92;

/** Linux filesystem data, and Linux swap, as they stand on the disk. */
const types = {
  linux: guid('0fc63daf-8483-4772-8e79-3d69d8477de4'),
  swap: guid('0657fd6d-a4ab-43c4-84e5-0933c84b4f4f'),
} as const;

/** A disk to be given a table: bytes, bytes of a logical sector. */
export interface Geometry {
  readonly size: number;
  readonly sector: number;
}

export interface NewPartition extends Extent {
  readonly swap: boolean;
  /** A GUID; an MBR has no place for it. */
  readonly id: Buffer;
}

/** A new GUID as it stands on a disk (RFC 9562, version 4; the first three parts are little-endian). */
export function randomGuid(): Buffer {
  const bytes = randomBytes(16);
  bytes[7] = ((bytes[7] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/**
 * A GPT (UEFI 5.3) with these partitions and this GUID for the disk. In the order in which they
 * may be written: the second table first, the header that makes it valid last.
 */
export function renderGpt(
  { size, sector }: Geometry,
  id: Buffer,
  partitions: readonly NewPartition[],
): Piece[] {
  const sectors = Math.floor(size / sector);
  const listSectors = Math.ceil((entries * entryBytes) / sector);
  const list = Buffer.alloc(listSectors * sector);
  for (const [index, partition] of partitions.entries()) {
    writeEntry(list.subarray(index * entryBytes), partition, sector, index + 1);
  }
  const checksum = crc32(list.subarray(0, entries * entryBytes));
  const header = (own: number, other: number, listAt: number): Buffer => {
    const bytes = Buffer.alloc(sector);
    bytes.write('EFI PART', 0, 'latin1');
    bytes.writeUInt32LE(0x0001_0000, 8);
    bytes.writeUInt32LE(headerBytes, 12);
    writeNumber(bytes, own, 24);
    writeNumber(bytes, other, 32);
    writeNumber(bytes, 2 + listSectors, 40);
    writeNumber(bytes, sectors - 2 - listSectors, 48);
    id.copy(bytes, 56);
    writeNumber(bytes, listAt, 72);
    bytes.writeUInt32LE(entries, 80);
    bytes.writeUInt32LE(entryBytes, 84);
    bytes.writeUInt32LE(checksum, 88);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, headerBytes)), 16);
    return bytes;
  };
  const last = sectors - 1;
  return [
    { offset: (last - listSectors) * sector, bytes: list },
    { offset: last * sector, bytes: header(last, 1, last - listSectors) },
    { offset: 0, bytes: protectiveMbr(sectors) },
    { offset: 2 * sector, bytes: list },
    { offset: sector, bytes: header(1, last, 2) },
  ];
}

/** Reads the first table of a GPT; undefined if there is none that is whole. */
export function parseGpt(head: Buffer, sector: number): PartitionTable | undefined {
  if (head.length < sector * 2 || head.toString('latin1', sector, sector + 8) !== 'EFI PART') {
    return undefined;
  }
  const header = Buffer.from(head.subarray(sector, sector + headerBytes));
  const count = header.readUInt32LE(80);
  const each = header.readUInt32LE(84);
  const listAt = Number(header.readBigUInt64LE(72)) * sector;
  const list = head.subarray(listAt, listAt + count * each);
  if (each < entryBytes || count > 1024 || list.length !== count * each) return undefined;
  const expected = header.readUInt32LE(16);
  header.writeUInt32LE(0, 16);
  if (crc32(header) !== expected || crc32(list) !== header.readUInt32LE(88)) return undefined;
  const extents = Array.from({ length: count }, (_, index) => {
    const entry = list.subarray(index * each, (index + 1) * each);
    if (isZero(entry.subarray(0, 16))) return undefined;
    const first = Number(entry.readBigUInt64LE(32));
    const last = Number(entry.readBigUInt64LE(40));
    return { number: index + 1, start: first * sector, size: (last - first + 1) * sector };
  });
  return {
    kind: 'gpt',
    id: header.toString('hex', 56, 72),
    extents: extents.filter((extent) => extent !== undefined),
  };
}

function writeEntry(
  entry: Buffer,
  { start, size, swap, id }: NewPartition,
  sector: number,
  number: number,
): void {
  (swap ? types.swap : types.linux).copy(entry, 0);
  id.copy(entry, 16);
  writeNumber(entry, start / sector, 32);
  writeNumber(entry, (start + size) / sector - 1, 40);
  entry.write(`statelite-${number}`, 56, 'utf16le');
}

/** One partition of the type 0xEE over all: older programs see a full disk. */
function protectiveMbr(sectors: number): Buffer {
  const bytes = Buffer.alloc(512);
  Buffer.from([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff]).copy(bytes, 446);
  bytes.writeUInt32LE(1, 454);
  bytes.writeUInt32LE(Math.min(sectors - 1, 0xffff_ffff), 458);
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

function guid(text: string): Buffer {
  const [a = '', b = '', c = '', ...rest] = text.split('-');
  const reversed = [a, b, c].map((part) => Buffer.from(part, 'hex').toReversed());
  return Buffer.concat([...reversed, Buffer.from(rest.join(''), 'hex')]);
}

function writeNumber(bytes: Buffer, value: number, offset: number): void {
  bytes.writeBigUInt64LE(BigInt(value), offset);
}
