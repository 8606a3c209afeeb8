import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';

export interface OpenFile {
  readonly file: FileHandle;
  readonly stats: Stats;
}

/**
 * Opens a regular file below `root`; undefined if there is none. Links may lead elsewhere below
 * the root, not out of it: what counts is the place of the file that was opened, so that no link
 * can be exchanged in between.
 */
export async function openBelow(
  root: string,
  names: readonly string[],
): Promise<OpenFile | undefined> {
  const file = await openIfThere(join(root, ...names));
  if (file === undefined) return undefined;
  const stats = await file.stat();
  const place = await readlink(`/proc/self/fd/${file.fd}`);
  if (stats.isFile() && place.startsWith(`${await realpath(root)}/`)) return { file, stats };
  await file.close();
  return undefined;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    // Opening a FIFO without O_NONBLOCK would wait for a writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG', 'ENXIO')) {
      return undefined;
    }
    throw error;
  }
}
