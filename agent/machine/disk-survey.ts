import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.ts';
import {
  type Content,
  contentBytes,
  endBytes,
  identify,
  isRaidMember,
  isWrittenXfsLog,
  isZero,
  raidMember,
  xfsLogAt,
  xfsLogBytes,
} from './disk-content.ts';
import { type DiskMark, markBytes, markOffset, parseMark } from './disk-mark.ts';
import { diskIds } from './disk-ids.ts';
import { type Geometry, parseGpt, type PartitionTable } from './partition-gpt.ts';
import { parseMbr } from './partition-mbr.ts';
import { type Extent, mebibyte } from '../protocol/partition-parts.ts';

/** A disk as /sys shows it. */
export interface DiskName extends Geometry {
  /** As in /sys/block: sda, nvme0n1. */
  readonly name: string;
  /** Names that /dev/disk/by-id would have. */
  readonly ids: readonly string[];
  readonly removable: boolean;
  readonly readonly: boolean;
  /** Who uses it or a partition of it, in words. */
  readonly users: readonly string[];
}

/** And what is on it. */
export interface Disk extends DiskName {
  readonly table: PartitionTable | undefined;
  readonly mark: DiskMark | undefined;
  /** Of a disk without a table; what a division that was cut off leaves, aside. */
  readonly content: Content;
  readonly partitions: readonly { readonly number: number; readonly content: Content }[];
}

/** Where the kernel shows its disks. */
export interface DiskPlaces {
  readonly sys: string;
  readonly dev: string;
  readonly proc: string;
}

export const kernelPlaces: DiskPlaces = { sys: '/sys', dev: '/dev', proc: '/proc' };

/** The machine's disks. What is made of other devices or of memory (loop, md, dm, zram) is none. */
export async function listDisks(places: DiskPlaces): Promise<DiskName[]> {
  const block = join(places.sys, 'block');
  const names = await orNone(() => readdir(block), []);
  const mounts = await orNone(() => readFile(join(places.proc, 'self/mountinfo'), 'utf8'), '');
  const swaps = await orNone(() => readFile(join(places.proc, 'swaps'), 'utf8'), '');
  const disks = await Promise.all(
    names.toSorted().map((name) => diskOf(join(block, name), name, { mounts, swaps })),
  );
  return disks.filter((disk) => disk !== undefined);
}

/** What is on a disk. One that cannot be read holds something unknown. */
export async function readDisk(disk: DiskName, places: DiskPlaces): Promise<Disk> {
  try {
    await using file = await open(join(places.dev, disk.name), 'r');
    const read = async (offset: number, length: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    const head = await read(0, mebibyte);
    const table = parseGpt(head, disk.sector) ?? parseMbr(head, disk);
    const mark = parseMark(head.subarray(markOffset, markOffset + markBytes));
    const isMember = async (start: number, size: number) => {
      const length = Math.min(size, endBytes);
      return isRaidMember(await read(start + size - length, length), size);
    };
    // Also of one with a table: a controller's firmware mirrors whole disks.
    const isMirrored = await isMember(0, disk.size);
    const lookAt = async ({ start, size }: Extent): Promise<Content> => {
      if (size <= 0 || start + size > disk.size) return other('what is beyond the end of the disk');
      const isHalf = isMirrored || (await isMember(start, size));
      if (isHalf) return other(raidMember);
      const begin = await read(start, contentBytes);
      const found = identify(begin);
      if (found.kind !== 'filesystem' || found.type !== 'xfs' || found.used) return found;
      const log = xfsLogAt(begin);
      if (log === undefined || log + xfsLogBytes > size) return { ...found, used: true };
      return { ...found, used: isWrittenXfsLog(await read(start + log, xfsLogBytes)) };
    };
    const partitions = [];
    for (const extent of table?.extents ?? []) {
      partitions.push({ number: extent.number, content: await lookAt(extent) });
    }
    const whole = async (): Promise<Content> => {
      if (table !== undefined) return other('partitions');
      return isMirrored ? other(raidMember) : contentOf({ head, mark }, disk, read);
    };
    return { ...disk, table, mark, content: await whole(), partitions };
  } catch (error) {
    if (!hasCode(error, ...readErrors)) throw error;
    const content = other(`what cannot be read (${error.code})`);
    return { ...disk, table: undefined, mark: undefined, content, partitions: [] };
  }
}

/** Of a disk that is broken, locked, or gone by now. */
const readErrors =
  'EIO ENODATA EREMOTEIO ETIMEDOUT ENOLINK EILSEQ EACCES EPERM ENXIO ENOMEDIUM ENODEV ENOENT'.split(
    ' ',
  );

function other(what: string): Content {
  return { kind: 'other', what };
}

/** The name of a partition; 0 is the disk. The kernel puts a p behind a name that ends in a digit. */
export function partitionName(disk: string, number: number): string {
  if (number === 0) return disk;
  return /\d$/u.test(disk) ? `${disk}p${number}` : `${disk}${number}`;
}

type Read = (offset: number, length: number) => Promise<Buffer>;

/** Of a disk without a table; one that has lost it, ours for one, must not seem to be empty. */
async function contentOf(
  { head, mark }: { readonly head: Buffer; readonly mark: DiskMark | undefined },
  { sector, size }: DiskName,
  read: Read,
): Promise<Content> {
  if (mark?.state === 'made') return other('a division whose table is gone');
  const rest = Buffer.from(head);
  if (mark !== undefined) {
    rest.fill(0, markOffset, markOffset + markBytes);
    // What a making that was cut off leaves: the entries of a GPT behind its header, its protection.
    rest.fill(0, sector * 2, markOffset);
    if (rest[450] === 0xee) rest.fill(0, 446, 512);
  }
  const found = identify(rest);
  if (found.kind !== 'blank') return found;
  // The second table of a GPT is written first.
  const isEndBlank =
    mark !== undefined || isZero(await read(Math.max(0, size - mebibyte), mebibyte));
  if (isEndBlank && (await isSampledBlank(size, read))) return found;
  // Whatever wiped the disk so far, a cut left what was there before: clear=yes may go on with it.
  return other('data further on');
}

/** Where the partitions usually begin, and places all over the disk. */
async function isSampledBlank(size: number, read: Read): Promise<boolean> {
  const step = Math.max(mebibyte, Math.floor(size / samples / mebibyte) * mebibyte);
  const places = Array.from({ length: samples - 1 }, (_, index) => (index + 1) * step);
  for (const place of new Set([mebibyte, ...places])) {
    if (!isZero(await read(place, contentBytes))) return false;
  }
  return true;
}

/** A disk that turns takes half a second for them. */
const samples = 64;

interface InUse {
  readonly mounts: string;
  readonly swaps: string;
}

async function diskOf(at: string, name: string, inUse: InUse): Promise<DiskName | undefined> {
  // What stands for hardware has a device; a floppy or a CD drive is no place for data.
  const device = await orNone(() => readdir(join(at, 'device')), undefined);
  if (device === undefined || /^(sr|fd)\d+$/u.test(name)) return undefined;
  const text = async (file: string): Promise<string> =>
    (await orNone(() => readFile(join(at, file), 'utf8'), '')).trim();
  const size = Number(await text('size')) * 512;
  // Hidden: one path of several to an NVMe disk that has a device of its own.
  if (!(size > 0) || (await text('hidden')) === '1') return undefined;
  const parts = (await readdir(at)).filter((entry) => entry.startsWith(name));
  return {
    name,
    ids: await diskIds(text),
    size,
    sector: Number(await text('queue/logical_block_size')) || 512,
    removable: (await text('removable')) === '1',
    readonly: (await text('ro')) === '1',
    users: (
      await Promise.all(['', ...parts].map((part) => usersOf(join(at, part), part || name, inUse)))
    ).flat(),
  };
}

async function usersOf(at: string, name: string, { mounts, swaps }: InUse): Promise<string[]> {
  const number = (await orNone(() => readFile(join(at, 'dev'), 'utf8'), '')).trim();
  const holders = await orNone(() => readdir(join(at, 'holders')), []);
  const mounted = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , device]) => number !== '' && device === number)
    .map(([, , , , target = '']) => `${name} is mounted on ${target}`);
  const isSwap = swaps.split('\n').some((line) => line.split(/\s/u)[0] === `/dev/${name}`);
  return [
    ...mounted,
    ...(isSwap ? [`${name} is swap space in use`] : []),
    ...holders.map((holder) => `${name} is part of ${holder}`),
  ];
}

/** Devices come and go while one looks. */
async function orNone<Result>(read: () => Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV', 'ENOTDIR', 'EINVAL')) return otherwise;
    throw error;
  }
}
