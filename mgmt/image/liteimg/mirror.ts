import { lstat, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { hasCode } from '../../../agent/errors.ts';
import { type Bytes, bytesOf, fsPath } from '../../../agent/files/bytes.ts';
import {
  copyAttributes,
  type CopyCalls,
  copyObject,
  type CopyJob,
  startCopy,
} from '../../../agent/files/copy.ts';

export interface Mirror {
  /** Both absolute on this machine. */
  readonly from: string;
  readonly to: string;
  /** Listed paths below, relative to both (`/log/app`): each is mirrored by itself. */
  readonly leaveOut: readonly string[];
}

/**
 * Makes `to` an exact copy of `from`: what changed is copied, names that vanished vanish (semantics
 * 4.1). What did not change is not touched, so a second run changes nothing.
 */
export async function mirror(calls: CopyCalls, { from, to, leaveOut }: Mirror): Promise<void> {
  const skip = new Set(leaveOut.map(bytesOf));
  const context = { job: startCopy(calls), skip, above: directoriesAbove(skip) };
  await mirrorObject(context, bytesOf(from), bytesOf(to), '');
}

interface Context {
  readonly job: CopyJob;
  readonly skip: ReadonlySet<Bytes>;
  readonly above: ReadonlySet<Bytes>;
}

async function mirrorObject(context: Context, from: Bytes, to: Bytes, path: Bytes): Promise<void> {
  const source = await statusOf(from);
  const target = await statusOf(to);
  if (source === undefined) return;
  if (source.isDirectory()) {
    if (target !== undefined && !target.isDirectory()) await rm(fsPath(to));
    if (target?.isDirectory() !== true) await mkdir(fsPath(to));
    await mirrorNames(context, from, to, path);
    if (!sameAttributes(source, await statusOf(to))) await copyAttributes(context.job, from, to);
    return;
  }
  if (target !== undefined && (await sameObject(from, to, source, target))) return;
  await rm(fsPath(to), { recursive: true, force: true });
  await copyObject(context.job, from, to);
}

async function mirrorNames(context: Context, from: Bytes, to: Bytes, path: Bytes): Promise<void> {
  const names = await namesIn(from);
  const wanted = new Set(names);
  for (const name of await namesIn(to)) {
    const child = `${path}/${name}`;
    const isListed = context.skip.has(child) || context.above.has(child);
    if (!wanted.has(name) && !isListed) await rm(fsPath(`${to}/${name}`), { recursive: true });
  }
  for (const name of names) {
    const child = `${path}/${name}`;
    if (!context.skip.has(child))
      await mirrorObject(context, `${from}/${name}`, `${to}/${name}`, child);
  }
}

async function sameObject(
  from: Bytes,
  to: Bytes,
  source: BigIntStats,
  target: BigIntStats,
): Promise<boolean> {
  if (source.isSymbolicLink() && target.isSymbolicLink()) {
    const targets = await Promise.all([from, to].map((path) => readlink(fsPath(path), 'latin1')));
    return targets[0] === targets[1] && source.uid === target.uid && source.gid === target.gid;
  }
  const same =
    source.mode === target.mode && source.size === target.size && source.rdev === target.rdev;
  return same && sameAttributes(source, target);
}

function sameAttributes(source: BigIntStats, target: BigIntStats | undefined): boolean {
  return (
    source.mode === target?.mode &&
    source.uid === target.uid &&
    source.gid === target.gid &&
    source.mtimeNs === target.mtimeNs
  );
}

async function namesIn(directory: Bytes): Promise<Bytes[]> {
  const names = await readdir(fsPath(directory), { encoding: 'buffer' });
  return names.map((name) => name.toString('latin1'));
}

async function statusOf(path: Bytes): Promise<BigIntStats | undefined> {
  try {
    return await lstat(fsPath(path), { bigint: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function directoriesAbove(paths: Iterable<Bytes>): Set<Bytes> {
  const above = new Set<Bytes>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      above.add(path.slice(0, end));
    }
  }
  return above;
}
