import { access, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { hasCode, StateliteError } from '../errors.ts';
import { parseMountinfo } from '../files/mountinfo.ts';
import type { Partition } from '../protocol/answer.ts';
import { parsePartitionFile, type PartitionWishes } from '../protocol/partition-file.ts';
import { applyDisks, type DiskDeps, makerOf } from './disk-apply.ts';
import { type Content, contentBytes, describeContent, identify } from './disk-content.ts';
import { findNamed, findPlace, markedFor, type Place, taggedAs } from './disk-find.ts';
import { type DiskPlan, type DiskStep, planDisks } from './disk-plan.ts';
import { runDiskScript } from './disk-script.ts';
import {
  type Disk,
  type DiskName,
  type DiskPlaces,
  listDisks,
  partitionName,
  readDisk,
} from './disk-survey.ts';

/** Whether a file system is on the target. */
type LocalDisk = 'none' | 'mounted';

/** How long drivers may take to find a disk. */
const patience = 15_000;
/** How long no disk may come or go before the kernel's names are taken for what they are. */
const settling = 2000;

/**
 * Does what the image's partitionfile says: divides disks, makes file systems, uses swap space, and
 * mounts the one for localdisk entries on `target` below `root`. Throws ERR_STATELITE_STORE.
 */
export async function openLocalDisk(
  partition: Partition,
  { root, target }: { readonly root: string; readonly target: string },
  deps: DiskDeps,
): Promise<LocalDisk> {
  if (partition.kind === 'script') {
    await runDiskScript(partition.text, { root, target }, deps);
    return isMounted(target);
  }
  const wishes = parsePartitionFile(partition.text);
  if (!wishes.enable) {
    deps.log.info('partitionfile: enable is not yes, so nothing is done');
    return 'none';
  }
  const disks = await survey(wishes, deps);
  const plan = planDisks(wishes, disks, deps.boot);
  await refuseWithoutMeans(plan, deps);
  for (const warning of plan.warnings) {
    deps.log.warn(warning);
    deps.warnings.push(warning);
  }
  await applyDisks(plan.steps, { target, disks }, deps);
  return plan.steps.some(({ kind }) => kind === 'mount') ? 'mounted' : 'none';
}

/**
 * The device that `statelite.localdisk=` means: a partition that is waited for, looked at, and if its
 * disk was divided by this agent, the one that was meant then, whatever the kernel calls it today.
 * What is no disk of the machine (md, LVM) is taken as it is written. Throws ERR_STATELITE_STORE.
 */
export async function deviceOf(
  dev: string,
  { deadline, places }: Pick<DiskDeps, 'deadline' | 'places'>,
): Promise<string> {
  const isSearched = /^(UUID|LABEL)=|^\/dev\/disk\/by-id\//u.test(dev);
  const ends = performance.now() + Math.min(patience, deadline.left / 4);
  for (;;) {
    const names = await listDisks(places);
    const isLate = performance.now() > ends;
    if (isSearched || findNamed(dev, names) !== undefined) {
      const disks = await Promise.all(names.map((name) => readDisk(name, places)));
      try {
        return await usableDevice(findPlace(dev, disks), places);
      } catch (error) {
        if (!(error instanceof StateliteError) || isLate) throw error;
      }
    } else if (isLate || (await isThere(join(places.dev, dev.replace(/^\/dev\//u, ''))))) {
      return dev;
    }
    await deadline.wait(200);
  }
}

/**
 * Mounts the file system that `statelite.localdisk=` means on `target`, as one of a partitionfile is:
 * checked first, and nothing is made. Throws ERR_STATELITE_STORE.
 */
export async function openNamedDisk(dev: string, target: string, deps: DiskDeps): Promise<void> {
  const device = await deviceOf(dev, deps);
  const content = await contentOf(join(deps.places.dev, device.replace(/^\/dev\//u, '')));
  if (content?.kind !== 'filesystem') {
    throw refused(device, content === undefined ? 'is not there' : holds(content));
  }
  const fstype = content.type === 'xfs' ? 'xfs' : 'ext4';
  const steps: DiskStep[] = [{ kind: 'mount', device, fstype }];
  if (fstype === 'ext4') steps.unshift({ kind: 'check', device });
  await applyDisks(steps, { target, disks: [] }, deps);
}

/** What a device begins with; undefined if it is not there. */
async function contentOf(path: string): Promise<Content | undefined> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(contentBytes), 0, contentBytes, 0);
    return identify(buffer.subarray(0, bytesRead));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENXIO', 'ENODEV')) return undefined;
    throw error;
  }
}

function holds(content: Content): string {
  return `holds ${describeContent(content)}`;
}

/**
 * A file system that localdisk entries can be kept in; nothing is written to anything else. Tables that
 * are not read here, as that of logical partitions, are the kernel's word.
 */
async function usableDevice({ disk, number }: Place, { dev }: DiskPlaces): Promise<string> {
  const device = `/dev/${partitionName(disk.name, number)}`;
  const content =
    number === 0
      ? disk.content
      : disk.partitions.find((partition) => partition.number === number)?.content;
  if (content?.kind === 'filesystem') return device;
  if (content !== undefined) throw refused(device, holds(content));
  if (await isThere(join(dev, partitionName(disk.name, number)))) return device;
  throw refused(device, 'is no partition');
}

function refused(device: string, what: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_STORE',
    `local disk: ${device} ${what}; statelite.localdisk= names an ext4 or xfs file system`,
    { hint: 'correct statelite.localdisk=, or make the file system: nothing there is overwritten' },
  );
}

/** Disks answer when they are ready; those that are meant are waited for. */
async function survey(
  wishes: PartitionWishes,
  { deadline, log, places, modules }: DiskDeps,
): Promise<Disk[]> {
  const wanted = [
    ...(wishes.enablepart ? wishes.disks : []).map(({ dev }) => dev),
    ...(wishes.localspace === undefined ? [] : [wishes.localspace.dev]),
    ...wishes.swaps,
  ];
  const ends = performance.now() + Math.min(patience, deadline.left / 4);
  let names = await listDisks(places);
  let disks = await read(names);
  let since = performance.now();
  while (performance.now() < ends) {
    const isSettled = performance.now() - since >= settling;
    if (wanted.every((dev) => isFound(dev, disks, isSettled))) break;
    await deadline.wait(100);
    await modules.loadForDevices(() => true); // a driver may have found something for another
    const now = await listDisks(places);
    if (isDeepStrictEqual(now, names)) continue;
    [names, disks, since] = [now, await read(now), performance.now()];
  }
  for (const dev of wanted) {
    if (!isFound(dev, disks, true)) log.warn(`there is no disk for ${dev}`);
  }
  return disks;

  async function read(all: readonly DiskName[]): Promise<Disk[]> {
    return Promise.all(all.map((name) => readDisk(name, places)));
  }
}

/**
 * Whether waiting for what `dev` means is over. A name of the kernel may be that of the disk which came
 * first: the one that was divided under it may be on its way, and has another name today.
 */
function isFound(dev: string, disks: readonly Disk[], isSettled: boolean): boolean {
  const tagged = taggedAs(dev, disks);
  if (tagged !== undefined) return tagged.length > 0;
  const named = findNamed(dev, disks);
  if (named?.byId === true || markedFor(dev, disks).length > 0) return true;
  return isSettled && named !== undefined;
}

/** Programs to make file systems and drivers to mount them must be there before anything is wiped. */
async function refuseWithoutMeans(
  { steps }: DiskPlan,
  deps: Pick<DiskDeps, 'modules' | 'sbin'>,
): Promise<void> {
  const makings = steps.flatMap((step) => (step.kind === 'divide' ? step.makings : []));
  for (const what of new Set(makings.map((making) => making.what))) {
    if (what === 'swap') continue;
    const program = makerOf(what, deps);
    if (!(await isThere(program))) {
      const owner = what === 'xfs' ? 'xfsprogs' : 'e2fsprogs';
      throw new StateliteError(
        'ERR_STATELITE_STORE',
        `local disk: the initramfs has no ${program}`,
        {
          hint: `put ${owner} into the pkglist of the image, then run genimage and nodeset`,
        },
      );
    }
  }
  for (const step of steps) if (step.kind === 'mount') await deps.modules.load(step.fstype);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

async function isMounted(target: string): Promise<LocalDisk> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  return parseMountinfo(mountinfo).some(({ point }) => point === target) ? 'mounted' : 'none';
}
