import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { FileFault } from '../../../agent/files/fault.ts';

/** What helps against what the system refused. */
const remedies: readonly { readonly codes: readonly string[]; readonly hint: string }[] = [
  {
    codes: ['ENOSPC', 'EDQUOT'],
    hint: 'make room on its file system (df -h, df -i)',
  },
  { codes: ['EROFS'], hint: 'its file system is read-only: mount -o remount,rw' },
  {
    codes: ['EACCES', 'EPERM'],
    hint: 'may root on this host write there? (NFS exports need no_root_squash; lsattr tells immutable files)',
  },
  { codes: ['EIO', 'ESTALE'], hint: 'is its disk or its NFS server well? (dmesg)' },
  { codes: ['EXDEV'], hint: 'another file system is mounted inside it: unmount that' },
];

/**
 * A system error becomes one that says what became of the image and what to do; other errors stay as
 * they are.
 */
export function explained(root: string, cause: unknown, isBegun: boolean): unknown {
  const isOfSystem = cause instanceof FileFault || (cause instanceof Error && 'errno' in cause);
  if (!isOfSystem) return cause;
  const { hint } = remedies.find(({ codes }) => hasCode(cause, ...codes)) ?? {
    hint: 'remove what hinders',
  };
  const state = isBegun ? 'is prepared by half' : 'cannot be prepared; nothing was changed';
  return new StateliteError('ERR_STATELITE_IMAGE', `the image ${root} ${state}`, {
    cause,
    hint: `${hint}; then run liteimg again${isBegun ? ': it goes on from there' : ''}`,
  });
}
