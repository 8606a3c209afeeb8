import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Member } from './member.ts';
import type { CopyTools } from './medium.ts';
import { fingerprintFile } from './fingerprint.ts';

/**
 * Every object below a directory, parents first, in the order of names. ERR_STATELITE_PATH for what
 * is no file, directory or link. A copy's own fingerprint is no part of the medium.
 */
export async function listTree(top: string, signal: AbortSignal): Promise<Member[]> {
  const members: Member[] = [];
  const pending = [''];
  for (let directory = pending.shift(); directory !== undefined; directory = pending.shift()) {
    signal.throwIfAborted();
    for (const name of (await readdir(join(top, directory))).toSorted()) {
      const path = directory === '' ? name : `${directory}/${name}`;
      if (path === fingerprintFile) continue;
      const member = await memberAt(top, path);
      members.push(member);
      if (member.kind === 'directory') pending.push(path);
    }
  }
  return members;
}

/** The text of one file of it. */
export async function readFromTree(top: string, path: string): Promise<string> {
  return readFile(join(top, path), 'utf8');
}

/** Copies members, parents first, into an empty directory; shares their blocks where it can. */
export async function copyTreeMembers(
  top: string,
  members: readonly Member[],
  directory: string,
  { signal, onName }: CopyTools,
): Promise<void> {
  for (const member of members) {
    signal.throwIfAborted();
    const [from, to] = [join(top, member.path), join(directory, member.path)];
    if (member.kind === 'directory') await mkdir(to);
    else if (member.kind === 'link') await symlink(member.target, to);
    else {
      await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      const { atime, mtime } = await lstat(from);
      await utimes(to, atime, mtime); // what repositories record of their files
    }
    onName(member.path);
  }
}

async function memberAt(top: string, path: string): Promise<Member> {
  const stats = await lstat(join(top, path));
  if (stats.isDirectory()) return { kind: 'directory', path };
  if (stats.isFile()) return { kind: 'file', path, bytes: stats.size };
  if (stats.isSymbolicLink()) {
    return { kind: 'link', path, target: await readlink(join(top, path)) };
  }
  throw new StateliteError('ERR_STATELITE_PATH', `${top}/${path} is a device, socket or pipe`, {
    hint: 'a medium holds files, directories and links only; nothing was copied',
  });
}
