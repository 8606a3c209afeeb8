import type { BigIntStats } from 'node:fs';
import { link, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import { besideOf } from '../../../agent/files/beside.ts';
import { type Bytes, bytesOf, checked, fsPath } from '../../../agent/files/bytes.ts';
import type { Native } from '../../../agent/native/load.ts';
import { inodeOf, namesIn, statusOf, walk } from './walk.ts';

export type ShareCalls = Pick<Native, 'sameFile' | 'copyAttributes'>;

/** What generations have in common on the disk. */
export interface Shared {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Makes files of a new root hard links of the same files of another generation's root.
 *
 * The danger: one file with names in two generations is written through both. What edits a file in
 * place, and not by a new file that is renamed over it, changes every generation that shares it: an
 * editor that keeps the inode, `>>`, chmod(1) and chown(1). So only below /usr, /boot, /lib* and /opt,
 * which belong to package managers, and these rename; /etc, /var and what liteimg keeps are each
 * generation's own. A file with a further name elsewhere in the image is not shared, nor is an empty
 * one: it saves nothing, and liteimg makes such and gives them owner and mode. `image run` works in
 * roots that share nothing: see unshare.ts and run-image.ts.
 *
 * Files are the same in data, owner, mode and xattrs. Their times do not count, but of Python sources,
 * whose time stands in what is compiled of them.
 */
export async function shareRoots(
  from: string,
  to: string,
  scratch: string,
  calls: ShareCalls,
): Promise<Shared> {
  const [old, fresh] = [bytesOf(from), bytesOf(to)];
  const job: Job = {
    old,
    fresh,
    calls,
    scratch: bytesOf(scratch),
    taken: new Set(await sharedElsewhere(old)),
    names: await namesOfMany(fresh, sharedTops(fresh)),
    shared: { files: 0, bytes: 0 },
  };
  await mkdir(scratch);
  for (const top of sharedTops(fresh)) await shareDirectory(job, top);
  await rmdir(scratch);
  return job.shared;
}

/** What package managers write in place: the rpm database of SUSE, Fedora and RHEL 10. */
const written: ReadonlySet<Bytes> = new Set(['/usr/lib/sysimage']);

/** Directories whose files are only ever replaced, as paths from the root. */
export function sharedTops(root: Bytes): Bytes[] {
  return namesIn(root)
    .filter((name) => /^(?:usr|boot|opt|lib[^/]*)$/u.test(name))
    .map((name) => `/${name}`)
    .filter((path) => statusOf(root + path)?.isDirectory() === true);
}

interface Job {
  readonly old: Bytes;
  readonly fresh: Bytes;
  readonly calls: ShareCalls;
  /** An empty directory that remembers the times of another. */
  readonly scratch: Bytes;
  /** Files of the old root that must not get a further name. */
  readonly taken: Set<string>;
  /** Files of the new root with several names, and those that are in shared directories. */
  readonly names: ReadonlyMap<string, readonly Bytes[]>;
  readonly shared: { files: number; bytes: number };
}

/** Both are walked at once: a link in the old root must not lead to files of this machine. */
async function shareDirectory(job: Job, path: Bytes): Promise<void> {
  const { old, fresh, calls } = job;
  if (statusOf(old + path)?.isDirectory() !== true) return;
  const pairs: Pair[] = [];
  for (const name of namesIn(fresh + path)) {
    const child = `${path}/${name}`;
    if (written.has(child)) continue;
    const [before, now] = [statusOf(old + child), statusOf(fresh + child)];
    if (before === undefined || now === undefined) continue;
    if (now.isDirectory()) await shareDirectory(job, child);
    else if (canBeOne(child, before, now)) pairs.push({ path: child, before, now });
  }
  const verdicts = await Promise.all(
    pairs.map(async ({ path: child }) =>
      checked(await calls.sameFile(old + child, fresh + child), `comparing ${child}`),
    ),
  );
  const same = pairs.filter((_, index) => verdicts[index] === 1);
  if (same.length === 0) return;
  checked(await calls.copyAttributes(fresh + path, job.scratch), 'times of a directory');
  for (const pair of same) await shareFile(job, pair);
  checked(await calls.copyAttributes(job.scratch, fresh + path), 'times of a directory');
}

interface Pair {
  readonly path: Bytes;
  readonly before: BigIntStats;
  readonly now: BigIntStats;
}

function canBeOne(path: Bytes, before: BigIntStats, now: BigIntStats): boolean {
  if (!before.isFile() || !now.isFile() || now.size === 0n || before.size !== now.size)
    return false;
  if (before.ino === now.ino) return false;
  if (before.mode !== now.mode || before.uid !== now.uid || before.gid !== now.gid) return false;
  return !path.endsWith('.py') || before.mtimeNs === now.mtimeNs;
}

/** All names of a file, or none: what were hard links of each other stay it. */
async function shareFile(job: Job, { path, before, now }: Pair): Promise<void> {
  const { old, fresh, taken, names } = job;
  const all = now.nlink === 1n ? [path] : (names.get(inodeOf(now)) ?? []);
  if (BigInt(all.length) !== now.nlink || taken.has(inodeOf(before))) return;
  if (statusOf(fresh + path)?.ino !== now.ino) return; // by another of its names
  taken.add(inodeOf(before));
  for (const name of all) {
    if (!(await replaceByLink(old + path, fresh + name))) return;
  }
  job.shared.files += 1;
  job.shared.bytes += Number(now.blocks) * 512;
}

/** False if the file has as many names as it can have. */
async function replaceByLink(file: Bytes, name: Bytes): Promise<boolean> {
  const beside = besideOf(name);
  await rm(fsPath(beside), { force: true });
  try {
    await link(fsPath(file), fsPath(beside));
  } catch (error) {
    if (hasCode(error, 'EMLINK', 'EPERM')) return false; // EPERM: chattr +i
    throw error;
  }
  await rename(fsPath(beside), fsPath(name));
  return true;
}

/** Files that have a name outside the shared directories. */
async function sharedElsewhere(root: Bytes): Promise<string[]> {
  const tops = new Set(sharedTops(root));
  const found: string[] = [];
  for await (const { stats } of walk(root, (directory) => !tops.has(directory))) {
    if (!stats.isDirectory() && stats.nlink > 1n) found.push(inodeOf(stats));
  }
  return found;
}

/** By inode, the names below some directories of files that have several; '' is the root itself. */
export async function namesOfMany(
  root: Bytes,
  tops: readonly Bytes[],
): Promise<Map<string, Bytes[]>> {
  const found = new Map<string, Bytes[]>();
  for (const top of tops) {
    for await (const { path, stats } of walk(root + top)) {
      if (!stats.isFile() || stats.nlink === 1n) continue;
      const names = found.get(inodeOf(stats));
      if (names === undefined) found.set(inodeOf(stats), [top + path]);
      else names.push(top + path);
    }
  }
  return found;
}
