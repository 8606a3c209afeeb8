import { mkdir, readlink, rm } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { type Bytes, bytesOf, fsPath } from '../../../agent/files/bytes.ts';
import {
  copyAttributes,
  type CopyCalls,
  copyObject,
  type CopyJob,
  startCopy,
} from '../../../agent/files/copy.ts';
import { namesIn, statusOf } from './byte-paths.ts';
import type { PlaceBefore } from './place-before.ts';

export interface Mirror {
  /** Both absolute on this machine. */
  readonly from: string;
  readonly to: string;
  /** Listed paths below, relative to both (`/log/app`): each is mirrored by itself. */
  readonly leaveOut?: readonly string[];
  /** What becomes of names that only `to` has. */
  readonly others: 'vanish' | 'stay';
  /** What stood below `from` before liteimg is what is copied. */
  readonly before?: PlaceBefore;
}

/**
 * Makes `to` a copy of `from`: what changed is copied (semantics 4.1). What did not change is not
 * touched, so a second run changes nothing.
 */
export async function mirror(calls: CopyCalls, wish: Mirror): Promise<void> {
  const { from, to, leaveOut = [], others, before = async (place) => place } = wish;
  const skip = new Set(leaveOut.map(bytesOf));
  const above = directoriesAbove(skip);
  const context = { job: startCopy(calls), skip, above, others, before };
  await mirrorObject(context, bytesOf(from), bytesOf(to), '');
}

interface Context extends Required<Pick<Mirror, 'others' | 'before'>> {
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
  const places = new Map<Bytes, Bytes>();
  for (const name of await namesIn(from)) {
    const place = await context.before(`${from}/${name}`);
    if (place !== undefined) places.set(name, place);
  }
  for (const name of context.others === 'vanish' ? await namesIn(to) : []) {
    if (!places.has(name)) await removeUnlisted(context, `${to}/${name}`, `${path}/${name}`);
  }
  for (const [name, place] of places) {
    const child = `${path}/${name}`;
    if (!context.skip.has(child)) await mirrorObject(context, place, `${to}/${name}`, child);
  }
}

async function removeUnlisted(context: Context, place: Bytes, path: Bytes): Promise<void> {
  if (context.skip.has(path)) return;
  if (!context.above.has(path)) return rm(fsPath(place), { recursive: true });
  for (const name of await namesIn(place)) {
    await removeUnlisted(context, `${place}/${name}`, `${path}/${name}`);
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

function directoriesAbove(paths: Iterable<Bytes>): Set<Bytes> {
  const above = new Set<Bytes>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      above.add(path.slice(0, end));
    }
  }
  return above;
}
