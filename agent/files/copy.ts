import { link, lstat, mkdir } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { hasCode } from '../errors.ts';
import type { Native } from '../native/load.ts';
import { directoryOf, flush, putInPlace, type Stop, wholeOrNothing } from './beside.ts';
import { type Bytes, fsPath, textOf } from './bytes.ts';
import { checkedCopy, type Tally } from './fault.ts';

/** The system calls that copies need besides node:fs. */
export type CopyCalls = Pick<
  Native,
  'batch' | 'copyAttributes' | 'copyContent' | 'copyObject' | 'list' | 'straight'
>;

export interface CopyWishes {
  /** Whether data is flushed to disk: for stores that must survive a power cut. */
  readonly durable?: boolean;
  /** Given up: nothing more is begun. */
  readonly signal?: Stop | undefined;
  /** Shared by the jobs of one step. */
  readonly copied?: Tally;
}

/** One copy out of one source: hard links within it stay hard links (semantics 2.5). */
export interface CopyJob extends CopyWishes {
  readonly calls: CopyCalls;
  readonly durable: boolean;
  readonly copied: Tally;
  /** Objects of several names, by device and inode: the first copy, once it is there. */
  readonly linked: Map<string, Bytes>;
  /** Those of `linked` that were copied since the last rename, see `renamed`. */
  readonly recent: Set<string>;
  /** Paths that lost xattrs because the target cannot keep them. */
  readonly lost: Set<string>;
}

export function startCopy(calls: CopyCalls, wishes: CopyWishes = {}): CopyJob {
  const { durable = false, copied = { bytes: 0, objects: 0 } } = wishes;
  return {
    ...wishes,
    calls,
    durable,
    copied,
    linked: new Map(),
    recent: new Set(),
    lost: new Set(),
  };
}

/**
 * Copies one object that is no directory: owner, mode, times, xattrs, ACLs, hard links, symlinks,
 * sparse files, FIFOs, device nodes. `to` must not exist; after a failure it does not either.
 * Throws a FileFault where node:fs would not tell which side failed. The copies of a job are made one
 * after another.
 */
export async function copyObject(job: CopyJob, from: Bytes, to: Bytes): Promise<void> {
  job.signal?.throwIfAborted();
  const stats = await lstat(fsPath(from), { bigint: true });
  if (stats.nlink <= 1n) return copyFresh(job, from, to, stats);
  const key = keyOf(stats);
  const first = job.linked.get(key);
  if (first !== undefined) return link(fsPath(first), fsPath(to));
  await copyFresh(job, from, to, stats);
  job.linked.set(key, to);
  job.recent.add(key);
}

/**
 * `to` was there before: if an earlier run made it, which was stopped, hard links lead there. What the
 * node has changed since is the node's own.
 */
export async function adopt(job: CopyJob, from: Bytes, to: Bytes): Promise<void> {
  const source = await lstat(fsPath(from), { bigint: true });
  if (source.nlink <= 1n || job.linked.has(keyOf(source))) return;
  const target = await lstat(fsPath(to), { bigint: true });
  const same = (['mode', 'uid', 'gid', 'size', 'rdev', 'mtimeNs'] as const).every(
    (name) => source[name] === target[name],
  );
  if (same) job.linked.set(keyOf(source), to);
}

/** What was built beside is in place now: later hard links lead there. */
export function renamed(job: CopyJob, beside: Bytes, to: Bytes): void {
  for (const key of job.recent) {
    const at = job.linked.get(key);
    if (at !== undefined) job.linked.set(key, to + at.slice(beside.length));
  }
  job.recent.clear();
}

/** Copies owner, mode, times, xattrs and ACLs; remembers what the target could not keep. */
export async function copyAttributes(job: CopyJob, from: Bytes, to: Bytes): Promise<void> {
  const result = await job.calls.copyAttributes(from, to);
  if (checkedCopy(result, { from, to, needs: job.copied }) > 0) job.lost.add(textOf(to));
}

/** Copies one file beside its place and renames it there: a power cut leaves it whole or absent. */
export async function copyBeside(job: CopyJob, from: Bytes, to: Bytes): Promise<void> {
  await putInPlace(to, job, (beside) => copyObject(job, from, beside));
}

/**
 * Makes a directory and those above it, 0755; what exists is left as it is. Returns whether it is new.
 * The recursive mkdir of node:fs says ENOENT for EROFS, EDQUOT, EIO and ESTALE.
 */
export async function makeDirectories(path: Bytes): Promise<boolean> {
  try {
    await mkdir(fsPath(path), { mode: 0o755 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    if (!hasCode(error, 'ENOENT') || path === '/') throw error;
  }
  await makeDirectories(directoryOf(path));
  try {
    await mkdir(fsPath(path), { mode: 0o755 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false; // another step needed it at the same time
    throw error;
  }
}

async function copyFresh(job: CopyJob, from: Bytes, to: Bytes, stats: BigIntStats): Promise<void> {
  const { calls, copied, durable } = job;
  const used = stats.blocks * 512n;
  copied.objects += 1;
  if (stats.isFile()) copied.bytes += Number(used < stats.size ? used : stats.size);
  const lost = checkedCopy(await calls.copyObject(from, to), { from, to, needs: copied });
  if (lost > 0) job.lost.add(textOf(to));
  if (durable && stats.isFile()) await wholeOrNothing(to, job.signal, () => flush(to));
}

function keyOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
