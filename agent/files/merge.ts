import { lstat, readdir, rm } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { besideName } from '../rules/path.ts';
import { besideOf, directoryOf, flush, putInPlace, type Stop } from './beside.ts';
import { type Bytes, bytesOf, directoriesAbove, fsPath, textOf } from './bytes.ts';
import {
  adopt,
  copyAttributes,
  type CopyCalls,
  copyObject,
  type CopyWishes,
  makeDirectories,
  renamed,
  startCopy,
} from './copy.ts';
import { listTree } from './listing.ts';
import { buildDirectory } from './merge-build.ts';
import { jobOf, lenderOf, type Merging, partsOf, type Source } from './merge-parts.ts';

/** A directory made of several (semantics 2.3–2.6). Paths are absolute on this machine. */
export interface Merge {
  /** Source directories, the first winning each name. */
  readonly from: readonly string[];
  readonly to: string;
  /** The canonical path that all of them stand for; the next two are canonical paths too. */
  readonly path: string;
  readonly leaveOut: readonly string[];
  /** Directories of the last source that liteimg made: they lend no metadata. */
  readonly bare: readonly string[];
  readonly only: 'everything' | 'missing names';
  /** Build beside and rename, flushed: for stores that keep data. */
  readonly durable: boolean;
  /** Given up: nothing more is begun. */
  readonly signal?: Stop | undefined;
}

export interface Merged {
  /** Copies that lost xattrs. */
  readonly lost: readonly string[];
  /** Sockets of the sources: without the program that made them they are nothing, so they have no copy. */
  readonly sockets: readonly string[];
}

/** Performs the merge. What it began is taken away again if it fails; what was there stays. */
export async function mergeDirectories(calls: CopyCalls, merge: Merge): Promise<Merged> {
  const { durable, signal } = merge;
  const leaveOut = new Set(merge.leaveOut.map(bytesOf));
  const [to, path] = [bytesOf(merge.to), bytesOf(merge.path)];
  const sources = merge.from.map((directory, index) => ({ directory: bytesOf(directory), index }));
  const wishes = { durable, signal, copied: { bytes: 0, objects: 0 } };
  const listings = sources.map(({ directory }) => listTree(calls, directory, path, leaveOut));
  const context: Context = {
    calls,
    wishes,
    jobs: merge.from.map(() => startCopy(calls, wishes)),
    listings: await Promise.all(listings),
    leaveOut,
    above: directoriesAbove(leaveOut),
    bare: new Set(merge.bare.map(bytesOf)),
    sockets: [],
  };
  signal?.throwIfAborted();
  if (merge.only === 'missing names') await complete(context, sources, to, path);
  else if (durable) await buildBeside(context, sources, to, path);
  else await buildDirectory(calls, context, { sources, to, path }, wishes);
  const lost = context.jobs.flatMap((job) => [...job.lost]);
  return { lost, sockets: context.sockets.map(textOf) };
}

interface Context extends Merging {
  readonly calls: CopyCalls;
  readonly wishes: CopyWishes & { readonly durable: boolean };
}

async function buildBeside(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  const { calls, wishes } = context;
  await makeDirectories(directoryOf(to));
  await putBeside(context, to, (beside) =>
    buildDirectory(calls, context, { sources, to: beside, path }, wishes),
  );
}

async function putBeside(
  { jobs, wishes }: Context,
  to: Bytes,
  make: (beside: Bytes) => Promise<void>,
): Promise<void> {
  await putInPlace(to, wishes, make);
  for (const job of jobs) renamed(job, besideOf(to), to);
}

/** Adds the names that are missing, each built beside; what exists is not touched. */
async function complete(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  const isBare = (await namesIn(to)).every((name) => isListedName(context, path, name));
  // A directory that was only the way to deeper entries is filled for the first time now: before
  // the first name, for a power cut, and after the last, for the times.
  if (isBare) await lendAttributes(context, sources, to, path);
  await rm(fsPath(`${to}/${besideName}`), { recursive: true, force: true });
  for (const part of partsOf(context, sources, path)) {
    context.wishes.signal?.throwIfAborted();
    const target = `${to}/${part.name}`;
    const child = `${path}/${part.name}`;
    const exists = await typeOf(target);
    if (part.kind === 'directory') {
      if (exists === 'dir') await complete(context, part.sources, target, child);
      else if (exists === undefined) await buildBeside(context, part.sources, target, child);
    } else {
      const job = jobOf(context, part.source);
      const from = `${part.source.directory}/${part.name}`;
      if (exists !== undefined) await adopt(job, from, target);
      else await putBeside(context, target, (beside) => copyObject(job, from, beside));
    }
  }
  if (isBare) await lendAttributes(context, sources, to, path);
  if (context.wishes.durable) await flush(to);
}

function isListedName({ leaveOut, above }: Context, path: Bytes, name: Bytes): boolean {
  const child = `${path}/${name}`;
  return leaveOut.has(child) || above.has(child);
}

async function lendAttributes(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  const lender = lenderOf(context, sources, path);
  if (lender !== undefined) await copyAttributes(jobOf(context, lender), lender.directory, to);
}

async function namesIn(directory: Bytes): Promise<Bytes[]> {
  const names = await readdir(fsPath(directory), { encoding: 'buffer' });
  return names.map((name) => name.toString('latin1'));
}

/** Whether a directory stands there, or something else; undefined if nothing does. */
async function typeOf(path: Bytes): Promise<'dir' | 'other' | undefined> {
  try {
    return (await lstat(fsPath(path))).isDirectory() ? 'dir' : 'other';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
