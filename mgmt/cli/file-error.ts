import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import { StateliteError } from '../../agent/errors.ts';
import { isSystemError } from '../system-error.ts';

const space = (path: string) => `make room there: df -h ${path}; df -i ${path}`;
const rights = () =>
  process.getuid?.() === 0
    ? 'root may not either: is it on NFS that squashes root, or immutable (lsattr)?'
    : 'become root, or name another directory with its option (--state, --etc, ...)';

/** What an operator does about an error of the file system; of any other there is a stack to report. */
const hints: Readonly<Record<string, (path: string) => string>> = {
  EACCES: rights,
  EPERM: rights,
  EISDIR: () => 'name a file, not a directory',
  ENOTDIR: () => 'a part of that path is a file where a directory should be',
  EROFS: () => 'mount the file system writable, or name another place',
  ENOSPC: space,
};

/** Node has no name for a used-up quota. */
const quota = -constants.errno.EDQUOT;

/** What was tried, by the system call. */
const deeds: Readonly<Record<string, string>> = {
  open: 'open',
  read: 'read',
  write: 'write',
  fsync: 'write',
  scandir: 'list',
  opendir: 'list',
  mkdir: 'make the directory',
  rename: 'replace',
  unlink: 'remove',
  rmdir: 'remove',
  chmod: 'set the mode of',
  fchmod: 'set the mode of',
};

/**
 * A failure as an operator is told it: what the file system refuses for a reason that can be removed
 * is ERR_STATELITE_FILE with its path, not a stack. All else is given back as it is.
 */
export function explainedFileError(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const { errno, syscall } = error;
  const path = pathOf(error);
  const [hint, reason] =
    errno === quota
      ? [space, 'disk quota exceeded']
      : [hints[error.code ?? ''], getSystemErrorMessage(errno)];
  if (path === undefined || hint === undefined) return error;
  const deed = syscall.startsWith('spawn') ? 'run' : (deeds[syscall] ?? 'use');
  return new StateliteError('ERR_STATELITE_FILE', `cannot ${deed} ${path}: ${reason}`, {
    hint: hint(path),
    cause: error.cause,
  });
}

/** Of two paths the second: the first is what was to be renamed or copied. */
function pathOf(error: NodeJS.ErrnoException): string | undefined {
  return 'dest' in error && typeof error.dest === 'string' ? error.dest : error.path;
}
