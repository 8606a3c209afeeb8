import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { placeOf } from './beside.ts';

/** What a file system refuses for a reason that an operator can remove. */
interface Fault {
  readonly reason: string;
  readonly hint: (path: string) => string;
}

const away = () => 'move away what stands there, then run this again';
const space = (path: string) => `make room there: df -h ${path}; df -i ${path}`;
const rights = () => 'run it as root, where root may write: no squashed NFS root, no lsattr i';

const faults: Readonly<Record<string, Fault>> = {
  ENOSPC: { reason: 'no space is left on the file system', hint: space },
  EDQUOT: { reason: 'a disk quota is used up', hint: space },
  EROFS: {
    reason: 'the file system is read-only',
    hint: () => 'mount it writable, or let --tftpdir be another directory',
  },
  EACCES: { reason: 'permission is denied', hint: rights },
  EPERM: { reason: 'that is not permitted', hint: rights },
  EISDIR: { reason: 'a directory stands there', hint: away },
  ENOTEMPTY: { reason: 'a directory stands there', hint: away },
  ENOTDIR: { reason: 'that is no directory', hint: away },
  EEXIST: { reason: 'that is no directory', hint: away },
  ENOENT: { reason: 'it is gone, or a symlink that leads nowhere', hint: away },
  ELOOP: { reason: 'symlinks lead in a circle', hint: away },
  ENAMETOOLONG: { reason: 'the name is too long', hint: () => 'give it a shorter name' },
  EIO: { reason: 'the disk has a fault', hint: () => 'dmesg says more' },
  ESTALE: { reason: 'its NFS server has lost it', hint: () => 'mount it again' },
};

/** Faults of which something that stands in the way is the cause, perhaps higher up. */
const inTheWay = ['ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP'];

/** Whether an error is a fault of the file system that `fileFault` has words for. */
export function isFileFault(error: unknown): error is NodeJS.ErrnoException {
  return hasCode(error, ...Object.keys(faults));
}

/**
 * The error of a file system, while something was made below `directory` or only read there, as
 * ERR_STATELITE_BOOTFILE that names the path and what to do; anything else as it is.
 */
export function fileFault(error: unknown, directory: string, doing?: 'read'): unknown {
  if (!isFileFault(error) || error.code === undefined) return error;
  const path = placeOf(pathOf(error) ?? directory);
  const shown = inTheWay.includes(error.code) ? whatIsThere(path) : path;
  const fault = faults[error.code];
  if (fault === undefined) return error;
  const verb = doing ?? (path.startsWith(directory) ? 'write' : 'read');
  return new StateliteError('ERR_STATELITE_BOOTFILE', `cannot ${verb} ${shown}: ${fault.reason}`, {
    cause: error,
    hint: fault.hint(directory),
  });
}

/** Runs what writes below a directory; its faults are thrown as of `fileFault`. */
export async function namingFaults<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileFault(error, directory);
  }
}

/** Of two paths the second: the first is what was to be renamed or copied. */
function pathOf(error: NodeJS.ErrnoException): string | undefined {
  return 'dest' in error && typeof error.dest === 'string' ? error.dest : error.path;
}

/** The path, or what of the directories above it is there at all. */
function whatIsThere(path: string): string {
  for (let at = path; at !== dirname(at); at = dirname(at)) if (isThere(at)) return at;
  return path;
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return false;
    throw error;
  }
}
