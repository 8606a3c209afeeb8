import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { hasCode } from '../errors.ts';
import { ArchiveError, type Member, type Part } from './archive.ts';
import { type Bytes, fsPath, textOf } from './bytes.ts';
import { directoryOf } from './beside.ts';
import { deviceNumber, type SpecialType, typeBits } from './device-number.ts';

export interface UnpackDeps {
  /** mknod(2). */
  readonly makeNode: (path: Bytes, mode: number, device: number) => Promise<void>;
  /** Given up: nothing more is begun. */
  readonly signal?: AbortSignal | undefined;
}

/** What an archive held. */
export interface Unpacked {
  readonly members: number;
  /** Of data. */
  readonly bytes: number;
}

/**
 * Puts the members of an archive below `root`, an empty directory that nobody else is at: owner, mode,
 * times, hard links. A name that would leave it, or go through a symlink, is refused with an
 * ArchiveError. It must be on a file system that never hangs: its calls are not waited for.
 */
export async function unpack(
  parts: AsyncIterable<Part>,
  root: string,
  { makeNode, signal }: UnpackDeps,
): Promise<Unpacked> {
  const tree = openTree(Buffer.from(root).toString('latin1'));
  const first = new Map<string, Bytes>();
  let open: OpenFile | undefined;
  let members = 0;
  let bytes = 0;
  try {
    for await (const part of parts) {
      signal?.throwIfAborted();
      if (Buffer.isBuffer(part)) {
        if (open === undefined) throw new Error('data without a file');
        open.write(part);
        bytes += part.length;
        continue;
      }
      open?.finish();
      open = undefined;
      members += 1;
      const { type } = part;
      if (type === 'file') open = openFile(tree, part, first);
      else if (type === 'directory') tree.directory(part);
      else if (type === 'link') linkTo(tree, part);
      else if (type === 'symlink') makeSymlink(tree, part);
      else await makeSpecial(tree, part, type, makeNode);
    }
    open?.finish();
    open = undefined;
  } finally {
    open?.abandon();
  }
  tree.finish();
  return { members, bytes };
}

/** The directories that were made, and the way to them. */
interface Tree {
  /** Where a member belongs. Throws ArchiveError for a path that may not be. */
  place(path: Bytes): Bytes;
  /** The same, with nothing there and its directory made. */
  free(path: Bytes): Bytes;
  directory(member: Member): void;
  /** Whether only directories of the archive are above a place. */
  holds(place: Bytes): boolean;
  /** Directories get their times last: each new name in them changes these. */
  finish(): void;
}

function openTree(root: Bytes): Tree {
  const made = new Set([root]);
  const times = new Map<Bytes, number>();
  const makeAbove = (place: Bytes): void => {
    const above = directoryOf(place);
    if (made.has(above)) return;
    makeAbove(above);
    try {
      mkdirSync(fsPath(above), { mode: 0o755 });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      throw new ArchiveError(`${shown(place)} is below something that is no directory`);
    }
    made.add(above);
  };
  const place = (path: Bytes): Bytes => {
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    if (names.includes('..')) throw new ArchiveError(`${textOf(path)} leads out of the archive`);
    if (path === '') throw new ArchiveError('a member has no name');
    return [root, ...names].join('/');
  };
  const free = (path: Bytes): Bytes => {
    const at = place(path);
    if (made.has(at)) throw new ArchiveError(`${shown(at)} is a directory already`);
    makeAbove(at);
    try {
      unlinkSync(fsPath(at)); // it comes a second time; the later one counts
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    return at;
  };
  return {
    place,
    free,
    directory: (member) => {
      const at = place(member.path);
      if (!made.has(at)) {
        free(member.path);
        mkdirSync(fsPath(at), { mode: 0o700 });
        made.add(at);
      }
      lchownSync(fsPath(at), member.uid, member.gid);
      chmodSync(fsPath(at), member.mode);
      times.set(at, member.mtime);
    },
    holds: (at) => made.has(directoryOf(at)),
    finish: () => {
      for (const [at, mtime] of times) lutimesSync(fsPath(at), mtime, mtime);
    },
  };

  function shown(at: Bytes): string {
    return textOf(at.slice(root.length));
  }
}

interface OpenFile {
  write(data: Buffer): void;
  finish(): void;
  abandon(): void;
}

/** What looks like a hole is one: memory is what such a root is made of. */
const zeros = Buffer.alloc(1 << 20);

function openFile(tree: Tree, member: Member, first: Map<string, Bytes>): OpenFile {
  const { at, isNew } = reach(tree, member, first);
  // O_CREAT on what is there is refused in a directory like /tmp (fs.protected_regular).
  const create = isNew ? constants.O_CREAT | constants.O_EXCL : 0;
  const file = openSync(fsPath(at), constants.O_WRONLY | constants.O_NOFOLLOW | create, 0o600);
  let length = 0;
  return {
    write: (data) => {
      if (length === 0 && member.sameAs !== undefined) ftruncateSync(file, 0);
      if (!isBlank(data)) {
        for (let done = 0; done < data.length;) {
          done += writeSync(file, data, done, data.length - done, length + done);
        }
      }
      length += data.length;
    },
    finish: () => {
      // Another name without data must not empty what the one with data has written.
      if (length > 0 || member.sameAs === undefined) ftruncateSync(file, length);
      fchownSync(file, member.uid, member.gid);
      fchmodSync(file, member.mode);
      futimesSync(file, member.mtime, member.mtime);
      closeSync(file);
    },
    abandon: () => closeSync(file),
  };
}

/** The place of a file: a new name of an earlier one if it is the same file, else nothing yet. */
function reach(
  tree: Tree,
  { path, sameAs }: Member,
  first: Map<string, Bytes>,
): { readonly at: Bytes; readonly isNew: boolean } {
  const other = sameAs === undefined ? undefined : first.get(sameAs);
  if (other !== undefined && other === tree.place(path)) return { at: other, isNew: false };
  const at = tree.free(path);
  if (other !== undefined) linkSync(fsPath(other), fsPath(at));
  else if (sameAs !== undefined) first.set(sameAs, at);
  return { at, isNew: other === undefined };
}

function isBlank(data: Buffer): boolean {
  return (
    data[0] === 0 && data.length <= zeros.length && data.equals(zeros.subarray(0, data.length))
  );
}

function makeSymlink(tree: Tree, { path, target, uid, gid, mtime }: Member): void {
  const at = fsPath(tree.free(path));
  symlinkSync(fsPath(target), at);
  lchownSync(at, uid, gid);
  lutimesSync(at, mtime, mtime);
}

async function makeSpecial(
  tree: Tree,
  { path, mode, uid, gid, mtime, device }: Member,
  type: SpecialType,
  makeNode: UnpackDeps['makeNode'],
): Promise<void> {
  const place = tree.free(path);
  await makeNode(place, typeBits(type) | 0o600, deviceNumber(device));
  const at = fsPath(place);
  lchownSync(at, uid, gid);
  chmodSync(at, mode);
  lutimesSync(at, mtime, mtime);
}

/** Another name of a member that came before. */
function linkTo(tree: Tree, { path, target }: Member): void {
  const other = tree.place(target);
  if (other === tree.place(path)) return;
  const at = tree.free(path);
  // A symlink on the way there would lead out of the root.
  if (!tree.holds(other) || !lstatSync(fsPath(other)).isFile()) {
    throw new ArchiveError(`${textOf(path)} is a link to ${textOf(target)}, which is no file`);
  }
  linkSync(fsPath(other), fsPath(at));
}
