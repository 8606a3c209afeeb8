import { type BigIntStats, lstatSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { StateliteError } from '../../../agent/errors.ts';
import { type Bytes, bytesOf, fsPath, textOf } from '../../../agent/files/bytes.ts';
import { mountsBelow } from '../liteimg/check-host.ts';
import type { Kind, Member } from './member.ts';

/** Where members come from. */
export interface Source {
  /** Undefined for what cannot be packed. */
  member(path: Bytes): Promise<Member | undefined>;
  names(directory: Bytes): Promise<Bytes[]>;
}

/** Everything below a directory of this machine as it is; sockets are left out. */
export function diskSource(root: string): Source {
  const at = (path: Bytes): Bytes => (path === '' ? bytesOf(root) : `${bytesOf(root)}/${path}`);
  return {
    member: async (path) => memberAt(path, at(path)),
    names: async (directory) => {
      const names = await readdir(fsPath(at(directory)), { encoding: 'buffer' });
      return names.map((name) => name.toString('latin1'));
    },
  };
}

/** What is at a place of this machine, to be packed as `path`. */
export async function memberAt(path: Bytes, place: Bytes): Promise<Member | undefined> {
  const stats = lstatSync(fsPath(place), { bigint: true }); // far quicker than a turn in the thread pool
  const kind = kindOf(stats);
  if (kind === undefined) return undefined;
  const isLink = kind === 'link';
  return {
    path,
    kind,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtime: stats.mtimeNs,
    size: kind === 'file' ? Number(stats.size) : 0,
    device: kind.endsWith('device') ? deviceOf(stats.rdev) : { major: 0, minor: 0 },
    target: isLink
      ? (await readlink(fsPath(place), { encoding: 'buffer' })).toString('latin1')
      : '',
    identity: kind === 'file' && stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : undefined,
    source: { place },
  };
}

/** Paths that are never packed, with all below them. */
export type LeaveOut = (path: Bytes) => boolean;

/**
 * Every member of a source. Other file systems mounted in the tree are not entered: their mount
 * points are packed as empty directories, and `warn` hears of it.
 */
export async function collectMembers(
  root: string,
  source: Source,
  {
    leaveOut,
    warn,
    signal,
  }: { leaveOut: LeaveOut; warn: (text: string) => void; signal?: AbortSignal | undefined },
): Promise<Member[]> {
  const mounted = await mountedIn(root);
  const members: Member[] = [];
  const top = await source.member('');
  if (top?.kind !== 'directory') {
    throw new StateliteError('ERR_STATELITE_IMAGE', `${root} is no directory`, {
      hint: 'build the image with genimage first',
    });
  }
  const visit = async (directory: Member): Promise<void> => {
    signal?.throwIfAborted();
    members.push(directory);
    for (const name of (await source.names(directory.path)).toSorted()) {
      const path = directory.path === '' ? name : `${directory.path}/${name}`;
      if (leaveOut(path)) continue;
      if (mounted.has(path)) {
        warn(
          `another file system is mounted on ${root}/${textOf(path)}: what is in it is not packed`,
        );
        if (await isDirectory(root, directory.path, name)) {
          members.push({
            ...directory,
            path,
            mode: 0o755,
            uid: 0,
            gid: 0,
            source: { data: Buffer.alloc(0) },
          });
        }
        continue;
      }
      const member = await source.member(path);
      if (member === undefined) warn(`/${textOf(path)} is a socket and is not packed`);
      else if (member.kind === 'directory') await visit(member);
      else members.push(member);
    }
  };
  await visit(top);
  return members;
}

async function mountedIn(root: string): Promise<Set<Bytes>> {
  const points = mountsBelow(await readFile('/proc/self/mountinfo', 'latin1'), root);
  return new Set(points.map((point) => bytesOf(point.slice(root.length + 1))));
}

/** As the directory has it: asking the mounted file system itself may hang. */
async function isDirectory(root: string, directory: Bytes, name: Bytes): Promise<boolean> {
  const place = fsPath(`${bytesOf(root)}/${directory}`);
  const entries = await readdir(place, { encoding: 'buffer', withFileTypes: true });
  return entries.some((entry) => entry.name.toString('latin1') === name && entry.isDirectory());
}

function kindOf(stats: BigIntStats): Kind | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isCharacterDevice()) return 'character device';
  if (stats.isBlockDevice()) return 'block device';
  return stats.isFIFO() ? 'fifo' : undefined;
}

/** As makedev(3) of glibc puts them together. */
function deviceOf(rdev: bigint): { major: number; minor: number } {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
  };
}
