import { readlinkSync, type BigIntStats } from 'node:fs';
import { type Bytes, bytesOf, checked, fsPath } from '../../../agent/files/bytes.ts';
import type { Native } from '../../../agent/native/load.ts';
import { namesIn, statusOf } from './walk.ts';

/** One path of two roots that differ there. */
export interface FileChange {
  readonly path: Bytes;
  readonly kind: 'added' | 'removed' | 'changed';
}

/**
 * What differs between two roots, parents first, sorted: types, owners, modes, contents, targets of
 * links. Times alone are no difference, nor are xattrs of what is no file. Below what is added or
 * removed everything is told.
 */
export async function* compareRoots(
  before: string,
  after: string,
  calls: Pick<Native, 'sameFile'>,
): AsyncGenerator<FileChange> {
  yield* compareDirectories({ before: bytesOf(before), after: bytesOf(after), calls }, '');
}

interface Roots {
  readonly before: Bytes;
  readonly after: Bytes;
  readonly calls: Pick<Native, 'sameFile'>;
}

async function* compareDirectories(roots: Roots, path: Bytes): AsyncGenerator<FileChange> {
  const { before, after } = roots;
  const names = new Set([...namesBelow(before + path), ...namesBelow(after + path)]);
  for (const name of [...names].toSorted()) {
    const child = `${path}/${name}`;
    const [old, now] = [statusOf(before + child), statusOf(after + child)];
    if (old === undefined && now === undefined) continue;
    if (old === undefined) yield { path: child, kind: 'added' };
    else if (now === undefined) yield { path: child, kind: 'removed' };
    else if (!(await isSame(roots, child, old, now))) yield { path: child, kind: 'changed' };
    if (old?.isDirectory() === true || now?.isDirectory() === true) {
      yield* compareDirectories(roots, child);
    }
  }
}

/** No link is followed: it may lead to directories of this machine. */
function namesBelow(directory: Bytes): Bytes[] {
  return statusOf(directory)?.isDirectory() === true ? namesIn(directory) : [];
}

async function isSame(
  { before, after, calls }: Roots,
  path: Bytes,
  old: BigIntStats,
  now: BigIntStats,
): Promise<boolean> {
  if (old.ino === now.ino && old.dev === now.dev) return true;
  if (old.mode !== now.mode || old.uid !== now.uid || old.gid !== now.gid) return false;
  if (old.isSymbolicLink()) return targetOf(before + path).equals(targetOf(after + path));
  if (!old.isFile()) return old.rdev === now.rdev;
  if (old.size !== now.size) return false;
  return checked(await calls.sameFile(before + path, after + path), `comparing ${path}`) === 1;
}

function targetOf(link: Bytes): Buffer {
  return readlinkSync(fsPath(link), 'buffer');
}
