import { StateliteError } from '../errors.ts';
import { type Content, describeContent, raidMember, unknownData } from './disk-content.ts';
import { isOurLabel } from './disk-label.ts';
import { findPlace, isMarked, type Place } from './disk-find.ts';
import { type Disk, partitionName } from './disk-survey.ts';
import { mbrLimit } from './partition-mbr.ts';
import type { DiskWish, Fstype, PartitionWishes, TableKind } from '../protocol/partition-file.ts';
import { type Extent, layOut, mebibyte } from '../protocol/partition-parts.ts';

/** A partition to be made, and what is to be made in it. */
export interface Making extends Extent {
  readonly number: number;
  readonly what: Fstype | 'swap';
}

/** What is done to the local disks, in order. Only `divide` destroys anything. */
export type DiskStep =
  | {
      readonly kind: 'divide';
      readonly disk: string;
      /** As written. */
      readonly dev: string;
      readonly table: TableKind;
      readonly makings: readonly Making[];
      readonly why: string;
    }
  | { readonly kind: 'swapon'; readonly device: string }
  | { readonly kind: 'check'; readonly device: string }
  | { readonly kind: 'mount'; readonly device: string; readonly fstype: 'ext4' | 'xfs' };

export interface DiskPlan {
  readonly steps: readonly DiskStep[];
  readonly warnings: readonly string[];
}

/**
 * Decides what is done to the disks. `clear=yes` wipes, once in a boot; an empty disk is divided, and
 * so is one whose division by this agent was cut off. What is there already is used as it is, and
 * what does not fit is refused: ERR_STATELITE_STORE names disk, partition and remedy. `boot` is the
 * id of this boot.
 */
export function planDisks(wishes: PartitionWishes, disks: readonly Disk[], boot: string): DiskPlan {
  if (!wishes.enable) return { steps: [], warnings: [] };
  const warnings: string[] = [];
  const meant = new Set<string>();
  const divided = new Map<string, readonly Making[]>();
  const steps: DiskStep[] = [];
  for (const wish of wishes.enablepart ? wishes.disks : []) {
    const place = findPlace(wish.dev, disks);
    const { disk } = place;
    if (meant.has(disk.name)) throw refused(`two [disk] sections mean ${disk.name}`, byIdHint);
    meant.add(disk.name);
    refuseTwoNames(wish, disk, wishes, disks);
    const why = reasonToDivide(wish, disk, boot);
    if (why === undefined) {
      const reason = mismatch(wish, disk);
      if (reason !== undefined) throw refused(reason, clearHint);
      continue;
    }
    refuseUnfit(wish, place);
    const makings = makingsOf(wish, disk, wishes, disks);
    divided.set(disk.name, makings);
    const { dev, ptype: table } = wish;
    steps.push({ kind: 'divide', disk: disk.name, dev, table, makings, why });
    if (wish.clear) warnings.push(...clearWarnings(place, dev, disks));
  }
  const renamed = wishes.disks
    .map(({ dev }) => ({ dev, place: wishes.enablepart ? findPlace(dev, disks) : undefined }))
    .filter(({ dev, place }) => place?.byId === false && dev !== `/dev/${place.disk.name}`)
    .map(({ dev, place }) => `the disk that was divided as ${dev} is /dev/${place?.disk.name} now`);
  const uses = usesOf(wishes, disks, divided);
  return { steps: [...steps, ...uses], warnings: [...warnings, ...renamed] };
}

function clearWarnings({ disk, byId }: Place, dev: string, disks: readonly Disk[]): string[] {
  const every = `clear=yes in [disk] ${dev} wipes ${disk.name} at every boot; clear=no keeps it`;
  if (byId || isMarked(disk) || disks.length === 1) return [every];
  // The next boot finds it by its mark; this one has nothing but the kernel's word.
  return [
    every,
    `${dev} is what the kernel found first of ${disks.length} disks; /dev/disk/by-id names one for good`,
  ];
}

const byIdHint = 'name each disk by /dev/disk/by-id in the partitionfile';
const clearHint = 'clear=yes in its [disk] section wipes the disk; or correct parts and dev';

/** Why a disk is divided now; undefined: what is there is used. */
function reasonToDivide(wish: DiskWish, disk: Disk, boot: string): string | undefined {
  const { mark, table, content, partitions } = disk;
  const ours = isMarked(disk) ? mark : undefined;
  // Somebody may have gone on by hand.
  if (ours?.state === 'making' && partitions.every(isOfMaking)) return 'its division was cut off';
  if (wish.clear) {
    // The boot may start again from its rescue shell.
    const isDone = ours?.state === 'made' && ours.boot === boot;
    return isDone && mismatch(wish, disk) === undefined ? undefined : 'clear=yes';
  }
  return table === undefined && content.kind === 'blank' ? 'the disk is empty' : undefined;
}

/** Whether a making of ours that was cut off can have left it; what is in use since is data. */
function isOfMaking({ content }: { readonly content: Content }): boolean {
  switch (content.kind) {
    case 'blank':
    case 'swap':
      return true;
    case 'filesystem':
      return isOurLabel(content.label) && !content.used;
    case 'other':
      return content.what === unknownData;
  }
}

/** What is destroyed must be a disk that is surely meant, and nobody's at the moment. */
function refuseUnfit(wish: DiskWish, { disk, number, byId }: Place): void {
  const { name, users, removable, readonly } = disk;
  if (number !== 0) throw refused(`${wish.dev} in [disk] is a partition`, 'write the whole disk');
  if (readonly) throw refused(`${name} is read-only`, 'choose another disk');
  if (users.length > 0)
    throw refused(`${name} is in use: ${users.join(', ')}`, 'choose another disk');
  if (removable && !byId) {
    throw refused(`${name} is removable, and not divided under that name`, byIdHint);
  }
}

/**
 * What [disk] knows by its id, the others may not know by a name that is another disk's at the next
 * boot: there the mark, which has the id, could not tell.
 */
function refuseTwoNames(
  { dev: id }: DiskWish,
  disk: Disk,
  { localspace, swaps }: PartitionWishes,
  disks: readonly Disk[],
): void {
  if (!id.startsWith('/dev/disk/')) return;
  for (const dev of [...(localspace === undefined ? [] : [localspace.dev]), ...swaps]) {
    if (!dev.startsWith('/dev/') || dev.startsWith('/dev/disk/')) continue;
    const place = findPlace(dev, disks);
    if (place.disk.name !== disk.name) continue;
    const part = place.number === 0 ? id : `${id}-part${place.number}`;
    throw refused(`${dev} is on the disk that [disk] names by its id`, `write ${part} there too`);
  }
}

/** A disk that is not divided now must be as the section says; in words, where it is not. */
function mismatch(wish: DiskWish, disk: Disk): string | undefined {
  const { name, table, content, size } = disk;
  if (table === undefined) return `${name} has no partitions, but ${describeContent(content)}`;
  if (table.kind !== wish.ptype) {
    return `${name} has a table of the kind ${table.kind}, not ${wish.ptype}`;
  }
  const wanted = extentsOf(wish, disk);
  if (table.extents.length !== wanted.length) {
    return `${name} has ${table.extents.length} partitions, not ${wanted.length}`;
  }
  for (const [index, extent] of wanted.entries()) {
    const found = table.extents[index];
    // Stock counts in whole gigabytes, and the error adds up from partition to partition.
    const most = isMarked(disk) ? 0 : Math.min(size / 10, Math.max(size / 50, 1e9 * (index + 1)));
    if (found === undefined || distance(found, extent) > most) {
      const part = partitionName(name, found?.number ?? index + 1);
      return `${part} is ${found === undefined ? 'missing' : spanOf(found)}, and parts says ${spanOf(extent)}`;
    }
  }
  return undefined;
}

function spanOf({ start, size }: Extent): string {
  const [from, to] = [start, start + size].map((bytes) => (bytes / mebibyte).toFixed(0));
  return `${from}-${to} MiB`;
}

function distance(a: Extent, b: Extent): number {
  return Math.max(Math.abs(a.start - b.start), Math.abs(a.start + a.size - b.start - b.size));
}

function extentsOf(wish: DiskWish, disk: Disk): Extent[] {
  const extents = layOut(wish.parts, disk.size);
  if (typeof extents !== 'string') return extents;
  throw refused(`${disk.name}: ${extents}`, 'correct parts= in the partitionfile');
}

function makingsOf(
  wish: DiskWish,
  disk: Disk,
  { localspace, swaps }: PartitionWishes,
  disks: readonly Disk[],
): Making[] {
  const extents = extentsOf(wish, disk);
  const limit = wish.ptype === 'msdos' ? mbrLimit(disk.sector, extents) : undefined;
  if (limit !== undefined) throw refused(`${disk.name}: ${limit}`, 'write ptype=gpt');
  const nameOf = (number: number) =>
    wish.dev.startsWith('/dev/disk/')
      ? `${wish.dev}-part${number}`
      : partitionName(wish.dev, number);
  // A disk has several ids.
  const isHere = (dev: string, number: number) => {
    if (dev === nameOf(number)) return true;
    if (!dev.startsWith('/dev/disk/')) return false;
    const place = findPlace(dev, disks);
    return place.disk.name === disk.name && place.number === number;
  };
  return extents.map((extent, index) => {
    const number = index + 1;
    const dev = nameOf(number);
    const isSwap = swaps.some((one) => isHere(one, number));
    if (localspace === undefined || !isHere(localspace.dev, number)) {
      return { ...extent, number, what: isSwap ? 'swap' : (wish.fstype ?? 'ext4') };
    }
    if (isSwap) throw refused(`${dev} is both [localspace] and [swapspace]`, 'choose another one');
    const { fstype } = localspace;
    if (fstype !== undefined && wish.fstype !== undefined && fstype !== wish.fstype) {
      const both = `${fstype} in [localspace], ${wish.fstype} in [disk]`;
      throw refused(`the fstype of ${dev} is ${both}`, 'write it once');
    }
    return { ...extent, number, what: fstype ?? wish.fstype ?? 'ext4' };
  });
}

/** Swap space and the file system for localdisk entries, made now or there before. */
function usesOf(
  { swaps, localspace }: PartitionWishes,
  disks: readonly Disk[],
  divided: ReadonlyMap<string, readonly Making[]>,
): DiskStep[] {
  const look = (dev: string, section: string): { device: string; content: Content | Making } => {
    const { disk, number } = findPlace(dev, disks);
    const device = `/dev/${partitionName(disk.name, number)}`;
    if (disk.readonly) throw refused(`${device} is read-only`, 'is the disk locked? dmesg');
    const made = divided.get(disk.name);
    if (made !== undefined && !dev.startsWith('/dev/')) {
      const why = `${dev} in [${section}] is on ${disk.name}, whose division makes it anew`;
      throw refused(why, 'name the partition by the disk: /dev/disk/by-id/…-partN');
    }
    const content =
      made === undefined
        ? number === 0
          ? disk.content
          : disk.partitions.find((one) => one.number === number)?.content
        : made.find((one) => one.number === number);
    if (content !== undefined) return { device, content };
    throw refused(`there is no partition ${dev} for [${section}]`, 'correct dev= or parts=');
  };
  const steps: DiskStep[] = [];
  for (const dev of swaps) {
    const { device, content } = look(dev, 'swapspace');
    const isSwap = 'what' in content ? content.what === 'swap' : content.kind === 'swap';
    if (!isSwap) throw unusable(device, content, 'swap space', 'mkswap');
    // It may be there under two names.
    if (!steps.some((step) => 'device' in step && step.device === device)) {
      steps.push({ kind: 'swapon', device });
    }
  }
  if (localspace === undefined) return steps;
  const { device, content } = look(localspace.dev, 'localspace');
  const type = typeOf(content);
  const family = type && familyOf(type);
  const isWanted = localspace.fstype === undefined || familyOf(localspace.fstype) === family;
  if (family === undefined || !isWanted) {
    const wanted = localspace.fstype ?? 'ext4';
    throw unusable(device, content, `an ${wanted} file system`, `mkfs.${wanted}`);
  }
  // xfs is made whole by its mount.
  if (family === 'ext4' && !('size' in content)) {
    steps.push({ kind: 'check', device });
  }
  return [...steps, { kind: 'mount', device, fstype: family }];
}

function typeOf(content: Content | Making): Fstype | undefined {
  if ('size' in content) return content.what === 'swap' ? undefined : content.what;
  return content.kind === 'filesystem' ? content.type : undefined;
}

/** One driver reads all three. */
function familyOf(type: Fstype): 'ext4' | 'xfs' {
  return type === 'xfs' ? 'xfs' : 'ext4';
}

function unusable(
  device: string,
  content: Content | Making,
  wanted: string,
  program: string,
): StateliteError {
  const found = 'size' in content ? content.what : describeContent(content);
  if (found === raidMember) {
    return refused(
      `${device} holds ${found}, not ${wanted}`,
      `if it is none any more, wipefs shows what says so, and wipefs -a -t linux_raid_member ${device} takes it away`,
    );
  }
  const isData = !('size' in content) && content.kind === 'filesystem';
  const byHand = isData ? 'is dev= the right one? Else' : `run ${program} ${device} by hand, or`;
  return refused(
    `${device} holds ${found}, not ${wanted}`,
    `what was there before is never overwritten: ${byHand} let clear=yes in its [disk] section wipe the disk`,
  );
}

function refused(message: string, hint: string): StateliteError {
  return new StateliteError('ERR_STATELITE_STORE', `local disk: ${message}`, { hint });
}
