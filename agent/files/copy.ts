import { constants } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { hasCode } from '../errors.ts';
import type { Native } from '../native/load.ts';
import { type Bytes, checked, fsPath, textOf } from './bytes.ts';

/** The system calls that copies need besides node:fs. */
export type CopyCalls = Pick<Native, 'copyAttributes' | 'makeNode'>;

/** One copy out of one source: hard links within it stay hard links (semantics 2.5). */
export interface CopyJob {
  readonly calls: CopyCalls;
  /** Whether data is flushed to disk: for stores that must survive a power cut. */
  readonly durable: boolean;
  /** Objects of several names, by device and inode: the first copy, once it is there. */
  readonly linked: Map<string, Promise<Bytes>>;
  /** Those of `linked` that were copied since the last rename, see `renamed`. */
  readonly recent: Set<string>;
  /** Paths that lost xattrs because the target cannot keep them. */
  readonly lost: Set<string>;
}

export function startCopy(calls: CopyCalls, durable = false): CopyJob {
  return { calls, durable, linked: new Map(), recent: new Set(), lost: new Set() };
}

/**
 * Copies one object that is no directory: owner, mode, times, xattrs, ACLs, hard links, symlinks,
 * sparse files, FIFOs, device nodes. `to` must not exist.
 */
export async function copyObject(job: CopyJob, from: Bytes, to: Bytes): Promise<void> {
  const stats = await lstat(fsPath(from), { bigint: true });
  if (stats.nlink <= 1n) return copyFresh(job, from, to, stats);
  const key = `${stats.dev}:${stats.ino}`;
  const first = job.linked.get(key);
  if (first !== undefined) return link(fsPath(await first), fsPath(to));
  const copied = copyFresh(job, from, to, stats).then(() => to);
  job.linked.set(key, copied);
  job.recent.add(key);
  await copied;
}

/** What was built beside is in place now: later hard links lead there. */
export async function renamed(job: CopyJob, beside: Bytes, to: Bytes): Promise<void> {
  for (const key of job.recent) {
    const at = await job.linked.get(key);
    if (at !== undefined) job.linked.set(key, Promise.resolve(to + at.slice(beside.length)));
  }
  job.recent.clear();
}

/** Copies owner, mode, times, xattrs and ACLs; remembers what the target could not keep. */
export async function copyAttributes(job: CopyJob, from: Bytes, to: Bytes): Promise<void> {
  const result = await job.calls.copyAttributes(from, to);
  if (checked(result, `attributes of ${textOf(from)} to ${textOf(to)}`) > 0) {
    job.lost.add(textOf(to));
  }
}

/** Copies one file beside its place and renames it there: a power cut leaves it whole or absent. */
export async function copyBeside(job: CopyJob, from: Bytes, to: Bytes): Promise<void> {
  const beside = besideOf(to);
  await rm(fsPath(beside), { recursive: true, force: true });
  await copyObject(job, from, beside);
  await rename(fsPath(beside), fsPath(to));
  if (job.durable) await flush(to.slice(0, to.lastIndexOf('/')) || '/');
}

/** The name under which something is built before it is renamed into place. */
export function besideOf(path: Bytes): Bytes {
  return `${path.slice(0, path.lastIndexOf('/') + 1)}.statelite.new`;
}

/** Makes a directory and those above it, 0755; what exists is left as it is. */
export async function makeDirectories(path: Bytes): Promise<void> {
  await mkdir(fsPath(path), { recursive: true, mode: 0o755 });
}

/** fsync(2) of a file or directory. */
export async function flush(path: Bytes): Promise<void> {
  const handle = await open(fsPath(path), constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOTSUP')) throw error; // a file system without it loses nothing more
  } finally {
    await handle.close();
  }
}

async function copyFresh(job: CopyJob, from: Bytes, to: Bytes, stats: BigIntStats): Promise<void> {
  if (stats.isSymbolicLink()) {
    await symlink(await readlink(fsPath(from), { encoding: 'buffer' }), fsPath(to));
  } else if (stats.isFile()) {
    await copyContent(from, to, stats);
  } else {
    const made = await job.calls.makeNode(to, Number(stats.mode), Number(stats.rdev));
    checked(made, `mknod ${textOf(to)}`);
  }
  await copyAttributes(job, from, to);
  if (job.durable && stats.isFile()) await flush(to);
}

async function copyContent(from: Bytes, to: Bytes, stats: BigIntStats): Promise<void> {
  const isSparse = stats.blocks * 512n < stats.size;
  if (isSparse) return copySparse(from, to, Number(stats.size));
  await copyFile(fsPath(from), fsPath(to), constants.COPYFILE_EXCL);
}

const chunkSize = 64 * 1024;

/** Blocks of zeros become holes, whatever the source's file system says of its own. */
async function copySparse(from: Bytes, to: Bytes, size: number): Promise<void> {
  await using source = await open(fsPath(from), 'r');
  await using target = await open(fsPath(to), 'wx', 0o600);
  const chunk = Buffer.alloc(chunkSize);
  const zeros = Buffer.alloc(chunkSize);
  for (let at = 0; ;) {
    const { bytesRead } = await source.read(chunk, 0, chunkSize, at);
    if (bytesRead === 0) break;
    const isHole = chunk.compare(zeros, 0, bytesRead, 0, bytesRead) === 0;
    if (!isHole) await target.write(chunk, 0, bytesRead, at);
    at += bytesRead;
  }
  await target.truncate(size);
}
