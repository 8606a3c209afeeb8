import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { hasCode, StateliteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { StepReport } from '../protocol/report.ts';
import type { System } from '../system.ts';
import type { Budget } from './deadline.ts';
import { markOffset, renderMark } from './disk-mark.ts';
import type { DiskStep, Making } from './disk-plan.ts';
import {
  type Disk,
  type DiskName,
  type DiskPlaces,
  partitionName,
  readDisk,
} from './disk-survey.ts';
import { checkFilesystem, mountFilesystem, swapOn } from './disk-use.ts';
import { labelOf } from './disk-label.ts';
import type { Modules } from './modules.ts';
import { type Piece, randomGuid, renderGpt } from './partition-gpt.ts';
import { renderMbr } from './partition-mbr.ts';
import { mebibyte } from '../protocol/partition-parts.ts';
import type { Programs } from './spawn.ts';

export interface DiskDeps {
  readonly system: Pick<System, 'mount'>;
  readonly modules: Pick<Modules, 'load' | 'loadForDevices'>;
  readonly programs: Pick<Programs, 'run'>;
  readonly log: Logger;
  readonly deadline: Budget;
  readonly places: DiskPlaces;
  /** Where the programs for file systems are; /sbin of the initramfs if it is not said. */
  readonly sbin?: string;
  /** The id of this boot. */
  readonly boot: string;
  /** Takes what is about to be done; what fails gets an error. */
  readonly steps: StepReport[];
  /** Takes what the operator should know. */
  readonly warnings: string[];
  /** The boot was given up: no step begins any more. */
  readonly signal: AbortSignal;
}

type Divide = Extract<DiskStep, { kind: 'divide' }>;

/** Where the file system for localdisk entries goes. */
export interface DiskTarget {
  readonly target: string;
  readonly disks: readonly Disk[];
}

/**
 * Does the steps, one after the other. What is destroyed is logged and in the report before it is.
 * Throws ERR_STATELITE_STORE.
 */
export async function applyDisks(
  steps: readonly DiskStep[],
  { target, disks }: DiskTarget,
  deps: DiskDeps,
): Promise<void> {
  for (const step of steps) {
    deps.signal.throwIfAborted();
    await told(deps, describeStep(step), 'why' in step ? step.why : undefined, async () => {
      if (step.kind === 'divide') {
        const disk = disks.find(({ name }) => name === step.disk);
        if (disk === undefined) throw new Error(`${step.disk} was planned and not found`);
        return divide(step, disk, deps);
      }
      const device = join(deps.places.dev, step.device.replace(/^\/dev\//u, ''));
      if (step.kind === 'swapon') return swapOn(device, deps);
      if (step.kind === 'check') return checkFilesystem(device, deps);
      return mountFilesystem(device, target, step.fstype, deps);
    });
  }
}

/** A step in words: `wipe and divide /dev/vda: gpt, 1 ext4 1024 MiB`. */
export function describeStep(step: DiskStep): string {
  if (step.kind === 'swapon') return `swapon ${step.device}`;
  if (step.kind === 'check') return `check the file system of ${step.device}`;
  if (step.kind === 'mount') return `mount ${step.device} (${step.fstype}) for localdisk entries`;
  const parts = step.makings.map(
    ({ number, what, size }) => `${number} ${what} ${Math.round(size / mebibyte)} MiB`,
  );
  return `wipe and divide /dev/${step.disk}: ${[step.table, ...parts].join(', ')}`;
}

async function told(
  { log, steps }: Pick<DiskDeps, 'log' | 'steps'>,
  step: string,
  why: string | undefined,
  work: () => Promise<void>,
): Promise<void> {
  log.info(why === undefined ? step : `${step}; ${why}`);
  const entry = { step, ...(why !== undefined && { why }) };
  const index = steps.push({ ...entry, took: 0 }) - 1;
  const start = performance.now();
  const end = (more: Partial<StepReport>) => {
    steps[index] = { ...entry, took: performance.now() - start, ...more };
  };
  try {
    await work();
    end({});
  } catch (error) {
    end({ error: error instanceof Error ? error.message : String(error) });
    if (error instanceof StateliteError) throw error;
    throw new StateliteError('ERR_STATELITE_STORE', `local disk: cannot ${step}`, {
      cause: error,
      hint: 'the kernel log says more about the disk: dmesg',
    });
  }
}

/**
 * The mark comes before the table and says `made` after the last file system: a boot that finds it
 * otherwise starts again. The open is exclusive, so a disk that is mounted, swap space or part of a
 * RAID cannot be written to; and what was decided is done only to the disk that it was decided for.
 */
async function divide(step: Divide, disk: Disk, deps: DiskDeps): Promise<void> {
  const { boot, places } = deps;
  const path = join(places.dev, disk.name);
  const id = step.table === 'gpt' ? randomGuid() : randomBytes(4);
  const partitions = step.makings.map((making) => ({
    ...making,
    swap: making.what === 'swap',
    id: randomGuid(),
  }));
  const table =
    step.table === 'gpt' ? renderGpt(disk, id, partitions) : renderMbr(disk, id, partitions);
  const mark = { dev: step.dev, table: id.toString('hex'), boot };
  const markAs = (state: 'making' | 'made') => ({
    offset: markOffset,
    bytes: renderMark({ ...mark, state }),
  });
  await exclusively(path, async (file) => {
    if (!isDeepStrictEqual(await readDisk(disk, places), disk)) {
      throw new StateliteError(
        'ERR_STATELITE_STORE',
        `local disk: ${disk.name} changed while the node booted; nothing was written to it`,
        { hint: 'was a disk exchanged just now, or does another machine write to it?' },
      );
    }
    await write(file, { offset: 0, bytes: Buffer.alloc(mebibyte) });
    await write(file, { offset: disk.size - mebibyte, bytes: Buffer.alloc(mebibyte) });
    await write(file, markAs('making'));
    for (const { start, size } of step.makings) {
      await write(file, { offset: start, bytes: Buffer.alloc(mebibyte) });
      await write(file, { offset: start + size - mebibyte, bytes: Buffer.alloc(mebibyte) });
    }
    for (const piece of table) await write(file, piece);
  });
  await readTable(disk, step.makings, deps);
  for (const making of step.makings) {
    // A boot that was given up may have begun again, and it may be making this disk.
    deps.signal.throwIfAborted();
    await fill(disk.name, making, deps);
  }
  deps.signal.throwIfAborted();
  // Partitions are not in use yet, so the disk can still be had alone.
  await exclusively(path, (file) => write(file, markAs('made')));
}

async function exclusively(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  await using file = await open(path, constants.O_RDWR | constants.O_EXCL | constants.O_NOFOLLOW);
  await work(file);
}

/** Through to the disk before the next one: a power cut leaves them in this order. */
async function write(file: FileHandle, { offset, bytes }: Piece): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
  await file.datasync();
}

/** Has the kernel read the new table, and waits until it shows the partitions. */
async function readTable(
  { name }: DiskName,
  makings: readonly Making[],
  { programs, deadline, places, log }: DiskDeps,
): Promise<void> {
  const ends = performance.now() + Math.min(deadline.left, 10_000);
  let output = '';
  while (performance.now() < ends) {
    const ended = await programs.run('/bin/busybox', [
      'blockdev',
      '--rereadpt',
      join(places.dev, name),
    ]);
    output = ended.output.trim();
    if (ended.code === 0 && (await areThere(name, makings, places))) return;
    log.debug(`${name}: waiting for its partitions ${output}`);
    await deadline.wait(100);
  }
  throw new StateliteError(
    'ERR_STATELITE_STORE',
    `local disk: the kernel does not show the new partitions of ${name}: ${output}`,
    { hint: 'is it in use, or does the disk report errors? dmesg' },
  );
}

async function areThere(
  name: string,
  makings: readonly Making[],
  { sys, dev }: DiskPlaces,
): Promise<boolean> {
  for (const { number, start, size } of makings) {
    const part = partitionName(name, number);
    try {
      const at = join(sys, 'block', name, part);
      const [from, length] = await Promise.all(
        ['start', 'size'].map(async (file) => Number(await readFile(join(at, file), 'utf8')) * 512),
      );
      await access(join(dev, part));
      if (from !== start || length !== size) return false;
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENXIO', 'ENODEV')) return false;
      throw error;
    }
  }
  return true;
}

async function fill(disk: string, { number, what, size }: Making, deps: DiskDeps): Promise<void> {
  const device = join(deps.places.dev, partitionName(disk, number));
  const argv = argumentsFor(what, labelOf(disk, number), device);
  const program = what === 'swap' ? '/bin/busybox' : makerOf(what, deps);
  const { code, output } = await deps.programs.run(program, argv, { signal: deps.signal });
  deps.signal.throwIfAborted();
  if (code !== 0) {
    throw new StateliteError(
      'ERR_STATELITE_STORE',
      `local disk: cannot make ${what} on ${device}: ${output.trim()}`,
      {
        hint: `are the ${size / mebibyte} MiB of parts= enough for it, and is the disk sound (dmesg)? The next boot starts again`,
      },
    );
  }
  // Whatever the program left to the kernel is on the disk before the mark says so.
  await using file = await open(device, 'r+');
  await file.sync();
}

/** -F and -f: what is there is known to be nothing. No discards: some disks take minutes for them. */
function argumentsFor(what: Making['what'], label: string, device: string): string[] {
  if (what === 'swap') return ['mkswap', device];
  if (what === 'xfs') return ['-f', '-q', '-K', '-L', label, device];
  return ['-F', '-q', '-E', 'nodiscard', '-L', label, device];
}

/** The program that makes a file system (initramfs/disk-programs.ts). */
export function makerOf(
  fstype: Exclude<Making['what'], 'swap'>,
  { sbin = '/sbin' }: Pick<DiskDeps, 'sbin'>,
): string {
  return join(sbin, `mkfs.${fstype}`);
}
