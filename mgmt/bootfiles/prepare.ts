import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { leftBeside } from './beside.ts';
import {
  inSlices,
  isDirectory,
  linkTarget,
  makeOpenDirectory,
  namesIn,
  removeFile,
} from './directory.ts';
import { fileFault } from './file-fault.ts';
import type { BootFile } from './layout.ts';

/** What is to be done below tftpdir. */
export interface Prepared {
  /** Files that are not there, or not as they should be. */
  readonly changed: readonly BootFile[];
  /** Paths of files whose places something else has, each with the error that names it. */
  readonly blocked: ReadonlyMap<string, StateliteError>;
}

/**
 * Looks which boot files are to be written below `tftpdir`. Makes their directories, and removes what
 * commands that were killed have left in them. Each directory is read once.
 */
export async function prepareBootFiles(
  tftpdir: string,
  files: readonly BootFile[],
): Promise<Prepared> {
  const changed: BootFile[] = [];
  const blocked = new Map<string, StateliteError>();
  for (const [below, own] of Map.groupBy(files, ({ path }) => dirname(path))) {
    const directory = join(tftpdir, below);
    const names = new Set(namesIn(directory));
    const fault = names.size === 0 ? makeDirectory(directory) : undefined;
    if (fault !== undefined) {
      for (const { path } of own) blocked.set(path, fault);
      continue;
    }
    for (const path of leftBeside(directory, names)) removeFile(path);
    await inSlices(own, (file) => {
      // An error for each that is not there takes long.
      const now = names.has(basename(file.path)) ? look(join(tftpdir, file.path), file) : 'other';
      if (now === 'other') changed.push(file);
      else if (now === 'blocked') blocked.set(file.path, blockedAt(join(tftpdir, file.path)));
    });
  }
  return { changed, blocked };
}

/** What stands in the way of a directory is the trouble of the files in it only. */
function makeDirectory(directory: string): StateliteError | undefined {
  try {
    makeOpenDirectory(directory);
    return undefined;
  } catch (error) {
    const fault = fileFault(error, directory);
    const isInTheWay = hasCode(error, 'EEXIST', 'ENOTDIR', 'ENOENT', 'ELOOP');
    if (isInTheWay && fault instanceof StateliteError) return fault;
    throw error;
  }
}

/** Whether what stands there is as wanted, something that is replaced, or something that cannot be. */
function look(path: string, file: BootFile): 'wanted' | 'other' | 'blocked' {
  const isLink = 'link' in file;
  const now = isLink ? linkTarget(path) : textOf(path);
  if (now === (isLink ? file.link : file.content)) return 'wanted';
  return now === undefined && isDirectory(path) ? 'blocked' : 'other';
}

/** A boot file of a node is a file of its own: undefined for a symlink, and for what is no file. */
function textOf(path: string): string | undefined {
  try {
    // Opening a FIFO without O_NONBLOCK would wait for a writer.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (hasCode(error, 'ELOOP', 'ENOENT', 'EISDIR', 'EAGAIN', 'ENXIO')) return undefined;
    throw error;
  }
}

function blockedAt(path: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `cannot write ${path}: a directory stands there`,
    { hint: 'move it away, then run nodeset again' },
  );
}
