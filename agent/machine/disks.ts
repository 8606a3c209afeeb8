import { access, readFile } from 'node:fs/promises';
import { hasCode, StateliteError } from '../errors.ts';
import { parseMountinfo } from '../files/mountinfo.ts';
import type { Partition } from '../protocol/answer.ts';
import { applyDisks, type DiskDeps, programFor } from './disk-apply.ts';
import { findNamed, findPlace } from './disk-find.ts';
import { type DiskPlan, planDisks } from './disk-plan.ts';
import { runDiskScript } from './disk-script.ts';
import { type Disk, type DiskName, listDisks, partitionName, readDisk } from './disk-survey.ts';
import { parsePartitionFile, type PartitionWishes } from './partition-file.ts';

/** Whether a file system is on the target. */
type LocalDisk = 'none' | 'mounted';

/** How long drivers may take to find a disk. */
const patience = 15_000;

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
  await refuseWithoutPrograms(plan);
  for (const warning of plan.warnings) {
    deps.log.warn(warning);
    deps.warnings.push(warning);
  }
  await applyDisks(plan.steps, { target, disks }, deps);
  return plan.steps.some(({ kind }) => kind === 'mount') ? 'mounted' : 'none';
}

/**
 * The device that `statelite.localdisk=` means: UUID=, LABEL= and names of /dev/disk/by-id are looked
 * for, anything else is one already. Throws ERR_STATELITE_STORE.
 */
export async function deviceOf(
  dev: string,
  { deadline, places }: Pick<DiskDeps, 'deadline' | 'places'>,
): Promise<string> {
  if (!/^(UUID|LABEL)=|^\/dev\/disk\/by-id\//u.test(dev)) return dev;
  const ends = performance.now() + Math.min(patience, deadline.left / 4);
  for (;;) {
    const names = await listDisks(places);
    const disks = await Promise.all(names.map((name) => readDisk(name, places)));
    try {
      const { disk, number } = findPlace(dev, disks);
      return `/dev/${partitionName(disk.name, number)}`;
    } catch (error) {
      if (!(error instanceof StateliteError) || performance.now() > ends) throw error;
    }
    await deadline.wait(200);
  }
}

/** Disks answer when they are ready; the named ones are waited for. */
async function survey(
  wishes: PartitionWishes,
  { deadline, log, places }: DiskDeps,
): Promise<Disk[]> {
  const wanted = [
    ...(wishes.enablepart ? wishes.disks : []).map(({ dev }) => dev),
    ...(wishes.localspace === undefined ? [] : [wishes.localspace.dev]),
    ...wishes.swaps,
  ].filter((dev) => dev.startsWith('/dev/'));
  const ends = performance.now() + Math.min(patience, deadline.left / 4);
  const missing = (disks: readonly DiskName[]) =>
    wanted.filter((dev) => findNamed(dev, disks) === undefined);
  let names = await listDisks(places);
  while (missing(names).length > 0 && performance.now() < ends) {
    await deadline.wait(100);
    names = await listDisks(places);
  }
  for (const dev of missing(names)) log.warn(`there is no disk for ${dev}`);
  return Promise.all(names.map((name) => readDisk(name, places)));
}

/** Before anything is wiped. */
async function refuseWithoutPrograms({ steps }: DiskPlan): Promise<void> {
  const makings = steps.flatMap((step) => (step.kind === 'divide' ? step.makings : []));
  for (const what of new Set(makings.map((making) => making.what))) {
    if (what === 'swap') continue;
    const program = programFor(what);
    try {
      await access(program);
    } catch (cause) {
      if (!hasCode(cause, 'ENOENT')) throw cause;
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
}

async function isMounted(target: string): Promise<LocalDisk> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  return parseMountinfo(mountinfo).some(({ point }) => point === target) ? 'mounted' : 'none';
}
