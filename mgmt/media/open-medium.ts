import { resolve } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { listIso, readFromIso, unpackIso } from './bsdtar.ts';
import { copyTreeMembers, listTree, readFromTree } from './tree-medium.ts';
import { parseListing } from './iso-listing.ts';
import { isIso, openMediumFile } from './iso-header.ts';
import type { Medium } from './medium.ts';
import { checkMembers } from './member.ts';
import { isIdentifying } from './recognize.ts';

/** What is read to know a medium by is a few lines; more is not what it says it is. */
const textLimit = 1024 * 1024;

/**
 * Opens a medium without mounting anything. ERR_STATELITE_NOT_FOUND if it cannot be read; _IMAGE if it
 * is empty, cut off or neither an ISO nor a directory; _PATH for members that no copy must have.
 */
export async function openMedium(given: string, signal: AbortSignal): Promise<Medium> {
  const path = resolve(given);
  const isTree = await isDirectory(path);
  const members = isTree
    ? await listTree(path, signal)
    : parseListing(path, await listIso(path, signal));
  if (!members.some(({ kind }) => kind === 'file'))
    throw bad(`${path} holds no files`, 'is it mounted?');
  checkMembers(path, members);
  const read = isTree ? readFromTree : readFromIso;
  const texts = new Map<string, string>();
  for (const member of members) {
    if (member.kind !== 'file' || !isIdentifying(member.path)) continue;
    if (member.bytes > textLimit) throw bad(`${path}: ${member.path} is too long`);
    texts.set(member.path, await read(path, member.path, signal));
  }
  return {
    path,
    kind: isTree ? 'tree' : 'iso',
    members,
    texts,
    copyTo: async (directory, tools) =>
      isTree ? copyTreeMembers(path, members, directory, tools) : unpackIso(path, directory, tools),
  };
}

/** Whether it is a directory, else it is an ISO. */
async function isDirectory(path: string): Promise<boolean> {
  await using handle = await openMediumFile(path);
  const stats = await handle.stat();
  if (stats.isDirectory()) return true;
  const isReadable = stats.isFile() || stats.isBlockDevice();
  if (isReadable && (await isIso(path, handle))) return false;
  throw bad(
    'copycds could not identify the ISO supplied, you may wish to try -n <osver>',
    `${path} is no ISO 9660 image; give an ISO or the directory where one is mounted`,
  );
}

function bad(message: string, hint?: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', message, hint === undefined ? {} : { hint });
}
