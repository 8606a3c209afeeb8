import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '../../../agent/native/load.ts';
import { countPackages } from '../generations/packages.ts';
import type { GenerationsPlace } from '../generations/place.ts';
import { publish } from '../generations/publish.ts';
import { type Generations, nextNumber } from '../generations/read.ts';
import { readRecord, writeRecord } from '../generations/record.ts';
import { removeTree } from '../generations/remove.ts';
import { settle } from '../generations/settle.ts';
import { type Shared, shareRoots } from '../generations/share.ts';
import { exists, isDirectory } from './exists.ts';

/** The places of an image: those that nodes boot, and those of the generation that is being made. */
export interface Staging {
  readonly root: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly new: {
    readonly directory: string;
    readonly root: string;
    readonly kernel: string;
    readonly initramfs: string;
    /** Output of package managers and scripts. */
    readonly log: string;
  };
  /** Where `discard` puts that output. */
  readonly failedLog: string;
  readonly number: number;
  readonly place: GenerationsPlace;
  readonly generations: Generations;
}

/** xCAT's name, whatever compresses it: boot files and tools know it, and the kernel looks inside. */
export const initramfsName = 'initrd-statelite.gz';

const logName = 'genimage.log';

/**
 * Puts right what a killed command left, and begins a generation in a directory of its own; with the
 * image's lock. A failure is to be followed by `discard`.
 */
export async function openStaging(rootimgdir: string): Promise<Staging> {
  const { place, generations } = await settle(rootimgdir);
  const number = nextNumber(generations);
  const directory = join(place.others, String(number));
  await mkdir(place.others, { recursive: true });
  await mkdir(directory, { mode: 0o755 });
  return {
    ...namesIn(place.directory),
    new: { directory, ...namesIn(directory), log: join(directory, logName) },
    failedLog: join(place.others, logName),
    number,
    place,
    generations,
  };
}

/**
 * Removes what was made so far; the image and the other generations stay. What is the image already
 * stays too: then the one before it has the directory, and the next command puts the rest right.
 */
export async function discard(staging: Staging): Promise<void> {
  const { place, number, failedLog } = staging;
  const { directory, log } = staging.new;
  if ((await readRecord(place.directory))?.number === number) return;
  if (await exists(log)) await rename(log, failedLog);
  await removeTree(directory);
}

/** What a generation replaced. */
export interface Committed {
  readonly number: number;
  /** The one that was current before. */
  readonly previous: number | undefined;
  readonly shared: Shared;
}

/**
 * Makes the new generation the image. Files that it has in common with the old one become hard links
 * first; then everything is on the disk, and one rename publishes it.
 */
export async function commit(
  { place, generations, number, new: made, root }: Staging,
  { by, kernel }: { readonly by: string; readonly kernel: string },
): Promise<Committed> {
  const native = loadNative(tmpdir());
  const previous = generations.current?.number;
  const scratch = join(place.others, 'sharing');
  // A link in place of the root may lead to another file system.
  const shared =
    previous !== undefined && (await isDirectory(root))
      ? await shareRoots(root, made.root, scratch, native)
      : { files: 0, bytes: 0 };
  const packages = await countPackages(made.root);
  const record = {
    version: 1,
    number,
    made: new Date().toISOString(),
    by,
    kernel,
    ...(packages !== undefined && { packages }),
    published: [],
  } as const;
  await publish(made.directory, record, { place, generations, calls: native });
  return { number, previous, shared };
}

/** What the operator should know of it. */
export function committedNotes({ number, previous, shared }: Committed): string[] {
  if (previous === undefined) return [`this is generation ${number}`];
  const bytes = shared.files === 0 ? '' : `; they share ${megabytes(shared.bytes)} on the disk`;
  return [
    `generation ${number} is the image; nodes that run from generation ${previous} keep it${bytes}`,
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Gives the new generation the initramfs of the current one, if that is of the same kernel: its
 * modules fit no other. Answers whether there was one.
 */
export async function keepInitramfs(
  { initramfs, new: made, generations }: Staging,
  kernel: string,
): Promise<boolean> {
  if (generations.current?.kernel !== kernel || !(await exists(initramfs))) return false;
  await copyFile(initramfs, made.initramfs, constants.COPYFILE_FICLONE);
  return true;
}

/** Kernel and initramfs alone, for the generation that is current. */
export async function commitBoot(
  { kernel, initramfs, new: made, generations }: Staging,
  version: string,
): Promise<void> {
  await rename(made.kernel, kernel);
  await rename(made.initramfs, initramfs);
  if (generations.current !== undefined) {
    const { directory, isCurrent: _, ...record } = generations.current;
    await writeRecord(directory, { ...record, kernel: version });
  }
  await rm(made.directory, { recursive: true });
}

function namesIn(directory: string) {
  const at = (name: string) => join(directory, name);
  return { root: at('rootimg'), kernel: at('kernel'), initramfs: at(initramfsName) };
}
