import { isDeepStrictEqual } from 'node:util';
import { StateliteError } from '../errors.ts';
import type { Disk, DiskName } from './disk-survey.ts';

/** A device of a partitionfile: a disk, or with a number a partition of it. */
export interface Place<Found = Disk> {
  readonly disk: Found;
  /** 0: the whole disk. */
  readonly number: number;
  /** Whether it was named by what it is, not by the order in which the kernel found it. */
  readonly byId: boolean;
}

/**
 * Finds what `dev=` names by the kernel's names and those of /dev/disk/by-id, without looking at a
 * disk. Undefined if there is none.
 */
export function findNamed<Found extends DiskName>(
  dev: string,
  disks: readonly Found[],
): Place<Found> | undefined {
  const id = /^\/dev\/disk\/by-id\/(.+)$/u.exec(dev)?.[1];
  for (const disk of disks) {
    if (id !== undefined) {
      const [, whole = '', number = '0'] = /^(.+?)(?:-part([1-9]\d{0,2}))?$/u.exec(id) ?? [];
      if (disk.ids.includes(whole)) return { disk, number: Number(number), byId: true };
      if (disk.ids.includes(id)) return { disk, number: 0, byId: true };
    } else {
      const number = numberIn(dev, `/dev/${disk.name}`);
      if (number !== undefined) return { disk, number, byId: false };
    }
  }
  return undefined;
}

/**
 * Finds what `dev=` means. A disk that this agent divided as /dev/sda is meant by /dev/sda whatever
 * the kernel calls it today; one divided under another name is not. Throws ERR_STATELITE_STORE for
 * a device that is not there, and where two could be meant.
 */
export function findPlace(dev: string, disks: readonly Disk[]): Place {
  const tagged = byTag(dev, disks);
  if (tagged !== undefined) return tagged;
  const named = findNamed(dev, disks);
  if (named?.byId === true) {
    refuseTwins(dev, named.disk, disks);
    return named;
  }
  // An id is one disk's for good: a copy of it, with its mark, is another disk.
  const marked = dev.startsWith('/dev/disk/') ? [] : markedFor(dev, disks);
  const [own, another] = marked;
  if (another !== undefined) {
    const names = marked.map(({ disk }) => disk.name).join(' and ');
    throw refused(
      `${dev} may be each of ${names}: all have its mark`,
      'name it by /dev/disk/by-id',
    );
  }
  if (own !== undefined) return own;
  if (named === undefined) {
    const there = disks.map(({ name, ids: [id] }) => (id === undefined ? name : `${name} (${id})`));
    throw refused(
      `there is no disk ${dev}; there are ${there.join(', ') || 'none'}`,
      'correct dev= in the partitionfile, or give genimage the driver of the disk with -n',
    );
  }
  const meant = isMarked(named.disk) ? named.disk.mark?.dev : undefined;
  if (meant?.startsWith('/dev/disk/') === false) {
    throw refused(
      `${dev} is the disk that was divided as ${meant}, which the kernel has found in another order`,
      'name the disk by /dev/disk/by-id in the partitionfile',
    );
  }
  return named;
}

/** The places on disks that this agent divided under the name that `dev` has. */
export function markedFor(dev: string, disks: readonly Disk[]): Place[] {
  return disks.flatMap((disk) => {
    const number = isMarked(disk) ? numberIn(dev, disk.mark?.dev ?? '') : undefined;
    return number === undefined ? [] : [{ disk, number, byId: false }];
  });
}

/** A copy of a disk has the same on it, but not its ids. */
function isOtherPath(a: Place, b: Place): boolean {
  const isSameDisk = a.disk.ids.some((id) => b.disk.ids.includes(id));
  return (
    isSameDisk && a.number === b.number && isDeepStrictEqual(whatIsOn(a.disk), whatIsOn(b.disk))
  );
}

/** Two paths lead to one disk and show the same; two disks that say they are the same one do not. */
function refuseTwins(dev: string, disk: Disk, disks: readonly Disk[]): void {
  const twin = disks.find(
    (other) =>
      findNamed(dev, [other])?.byId === true && !isDeepStrictEqual(whatIsOn(other), whatIsOn(disk)),
  );
  if (twin === undefined) return;
  throw refused(
    `${dev} is each of ${disk.name} and ${twin.name}, which hold different things`,
    'the disks have the same serial number: name one by /dev/sdX in the partitionfile',
  );
}

function whatIsOn({ size, table, mark, content, partitions }: Disk) {
  return { size, table, mark, content, partitions };
}

/** Whether a mark is of what is on the disk now: of its table, or of one that was never finished. */
export function isMarked({ mark, table, content }: Disk): boolean {
  if (mark === undefined) return false;
  if (table !== undefined) return mark.table === table.id;
  return mark.state === 'making' && content.kind === 'blank';
}

/** The file systems and swap spaces that `UUID=` or `LABEL=` means; undefined for a path. */
export function taggedAs(dev: string, disks: readonly Disk[]): Place[] | undefined {
  const [, tag, value] = /^(UUID|LABEL)=(.*)$/u.exec(dev) ?? [];
  if (tag === undefined) return undefined;
  return disks.flatMap((disk) =>
    [{ number: 0, content: disk.content }, ...disk.partitions]
      .filter(({ content }) => {
        if (content.kind !== 'filesystem' && content.kind !== 'swap') return false;
        return (tag === 'UUID' ? content.uuid : content.label) === value;
      })
      .map(({ number }) => ({ disk, number, byId: true })),
  );
}

function byTag(dev: string, disks: readonly Disk[]): Place | undefined {
  const found = taggedAs(dev, disks);
  if (found === undefined) return undefined;
  const [only, ...others] = found;
  if (only !== undefined && others.every((one) => isOtherPath(one, only))) return only;
  const what = only === undefined ? 'is no file system' : 'are two file systems';
  throw refused(`there ${what} with ${dev}`, 'correct dev= in the partitionfile');
}

/** The number of a partition of `disk` that `dev` names; 0 for the disk itself. */
function numberIn(dev: string, disk: string): number | undefined {
  if (disk === '' || !dev.startsWith(disk)) return undefined;
  const rest = dev.slice(disk.length);
  if (rest === '') return 0;
  const pattern = disk.startsWith('/dev/disk/')
    ? /^-part([1-9]\d{0,2})$/u
    : /\d$/u.test(disk)
      ? /^p([1-9]\d{0,2})$/u
      : /^([1-9]\d{0,2})$/u;
  const digits = pattern.exec(rest)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function refused(message: string, hint: string): StateliteError {
  return new StateliteError('ERR_STATELITE_STORE', `local disk: ${message}`, { hint });
}
