import { lstatSync } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
} from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import {
  copyAttributes,
  type CopyCalls,
  copyObject,
  startCopy,
} from '../../../agent/files/copy.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import {
  type Copies,
  type Files,
  type Place,
  placeBytes,
  type Reads,
  type Status,
} from './files.ts';

/** What can be read on this machine. */
export const diskReads: Reads = {
  status: statusOf,
  names: async (directory) => readdir(directory, { encoding: 'buffer' }),
  target: async (place) => readlink(place, { encoding: 'buffer' }),
  content: async (file) => readFile(file),
  sameBytes,
};

/** The files of this machine. */
export function diskFiles(calls: CopyCalls): Files {
  return {
    ...diskReads,
    makeDirectory,
    makeFile: (place, content = '', like) => makeFile(diskCopies(calls), place, content, like),
    makeLink: async (place, target) => symlink(target, place),
    addName: async (place, name) => link(place, name),
    move: async (from, to) => rename(from, to),
    remove,
    removeEmpty,
    replace: async (file, text) => replaceFile(file.toString(), text),
    copies: () => diskCopies(calls),
  };
}

function diskCopies(calls: CopyCalls): Copies {
  const job = startCopy(calls);
  return {
    object: async (from, to) => copyObject(job, placeBytes(from), placeBytes(to)),
    attributes: async (from, to) => copyAttributes(job, placeBytes(from), placeBytes(to)),
  };
}

/** Asked so often that it does not wait its turn in the thread pool. */
function statusOf(place: Place): Status | undefined {
  try {
    return lstatSync(place, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

const chunkSize = 1024 * 1024;

async function sameBytes(place: Place, otherPlace: Place): Promise<boolean> {
  await using one = await open(place);
  await using other = await open(otherPlace);
  const [a, b] = [Buffer.alloc(chunkSize), Buffer.alloc(chunkSize)];
  for (let at = 0; ; at += chunkSize) {
    const { bytesRead } = await one.read(a, 0, chunkSize, at);
    await other.read(b, 0, chunkSize, at);
    if (!a.subarray(0, bytesRead).equals(b.subarray(0, bytesRead))) return false;
    if (bytesRead < chunkSize) return true;
  }
}

async function makeDirectory(place: Place): Promise<boolean> {
  try {
    await mkdir(place);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await chmod(place, 0o755);
  return true;
}

async function makeFile(
  copies: Copies,
  place: Place,
  content: string,
  like: Place | undefined,
): Promise<boolean> {
  try {
    await using handle = await open(place, 'wx');
    await handle.chmod(0o644);
    if (like !== undefined) await copies.attributes(like, place);
    if (content === '') return true;
    await handle.writeFile(content, 'latin1');
    await handle.sync();
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  return true;
}

async function remove(place: Place): Promise<boolean> {
  if (statusOf(place) === undefined) return false;
  await rm(place, { recursive: true, force: true });
  return true;
}

async function removeEmpty(directory: Place): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) return false; // EEXIST on some file systems
    throw error;
  }
}
