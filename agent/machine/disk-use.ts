import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../errors.ts';
import type { DiskDeps } from './disk-apply.ts';
import type { Modules } from './modules.ts';

/** Takes swap space into use, unless it is already. Throws ERR_STATELITE_STORE. */
export async function swapOn(
  device: string,
  { programs, places, log }: Pick<DiskDeps, 'programs' | 'places' | 'log'>,
): Promise<void> {
  const swaps = await readFile(join(places.proc, 'swaps'), 'utf8');
  if (swaps.split('\n').some((line) => line.split(/\s/u)[0] === device)) {
    log.debug(`${device} is in use as swap space already`);
    return;
  }
  const { code, output } = await programs.run('/bin/busybox', ['swapon', device]);
  if (code === 0) return;
  throw refused(
    `cannot use ${device} as swap space: ${output.trim()}`,
    `mkswap ${device} in the shell makes it anew; so does clear=yes in its [disk] section, with the whole disk`,
  );
}

type CheckDeps = Pick<DiskDeps, 'programs' | 'log' | 'warnings' | 'sbin' | 'signal'>;

/** e2fsck(8): bits of its exit code. */
const exit = { corrected: 1, left: 4 } as const;
/** From here on a shell or the loader of libraries says that a program did not start. */
const notStarted = 126;

/**
 * Has e2fsck mend what it can mend without loss, as a distribution's boot has it: the journal after a
 * power cut is such a thing. What needs a decision is the operator's: ERR_STATELITE_STORE. A kernel
 * mounts a file system with known errors without a word.
 */
export async function checkFilesystem(
  device: string,
  { programs, log, warnings, sbin = '/sbin', signal }: CheckDeps,
): Promise<void> {
  // There if image or management node have it (initramfs/disk-programs.ts).
  const program = join(sbin, 'e2fsck');
  try {
    await access(program);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    log.info(`${device} is not checked: the initramfs has no ${program} (package e2fsprogs)`);
    return;
  }
  const { code, output } = await programs.run(program, ['-p', device], { signal });
  for (const line of output.split('\n').filter((text) => text.trim() !== '')) {
    log.info(`e2fsck: ${line}`);
  }
  if (code === 0) return;
  signal.throwIfAborted();
  const isStarted = code === undefined || code < notStarted;
  if (code === undefined || (isStarted && (code & exit.left) !== 0)) {
    throw refused(
      `the file system of ${device} has errors that e2fsck does not mend by itself: ${lastOf(output)}`,
      `save what is on it, if it matters; e2fsck ${device} in the shell mends it, then leave the shell`,
    );
  }
  const what =
    code === exit.corrected
      ? 'was mended by e2fsck'
      : isStarted
        ? `was not checked: ${lastOf(output)}`
        : `was not checked, e2fsck does not start (${lastOf(output)}): run genimage --onlyinitrd`;
  warnings.push(`the file system of ${device} ${what}`);
  log.warn(`the file system of ${device} ${what}`);
}

/**
 * Mounts a file system for localdisk entries. From its first error on ext4 takes no more changes.
 * Throws ERR_STATELITE_STORE, with what can be done about it.
 */
export async function mountFilesystem(
  device: string,
  target: string,
  fstype: 'ext4' | 'xfs',
  { system, modules }: Pick<DiskDeps, 'system'> & { readonly modules: Pick<Modules, 'load'> },
): Promise<void> {
  await modules.load(fstype);
  const options = fstype === 'ext4' ? 'errors=remount-ro' : '';
  try {
    await system.mount(device, target, fstype, options, { noatime: true });
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_STORE',
      `local disk: cannot mount ${device} (${fstype}) for localdisk entries`,
      { cause, hint: mountHint(cause, device, fstype) },
    );
  }
}

function mountHint(cause: unknown, device: string, fstype: 'ext4' | 'xfs'): string {
  const mender = fstype === 'xfs' ? 'xfs_repair' : 'e2fsck';
  if (hasCode(cause, 'EUCLEAN', 'EFSCORRUPTED', 'EBADMSG')) {
    return `its file system is damaged: save what is on it, if it matters; ${mender} ${device} in the shell mends it, then leave the shell`;
  }
  if (hasCode(cause, 'EIO', 'ENXIO', 'ENODATA')) {
    return 'the disk has errors (dmesg): exchange it, or take it out of the partitionfile';
  }
  if (hasCode(cause, 'EROFS', 'EACCES')) return `${device} is read-only: is the disk locked? dmesg`;
  if (hasCode(cause, 'EBUSY')) return `something else uses ${device}: RAID, LVM, or a mount`;
  if (hasCode(cause, 'EINVAL')) {
    return `the kernel of the image cannot use this file system; dmesg says why: features that are newer than the kernel, or damage (${mender} ${device})`;
  }
  return 'the kernel log says more about the disk: dmesg';
}

function lastOf(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-3).join(' ').trim() || 'it said nothing';
}

function refused(message: string, hint: string): StateliteError {
  return new StateliteError('ERR_STATELITE_STORE', `local disk: ${message}`, { hint });
}
