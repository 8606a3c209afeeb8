import { constants } from 'node:fs';
import { copyFile, link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runIsolated } from '../genimage/isolated.ts';

/**
 * Copies a generation to an empty directory: reflinks where the file system has them, else copies,
 * nothing in common that both could be written through. Packed roots and their digests are hard links,
 * for they are only ever replaced: nodes boot them until somebody packs the new root. The record is
 * not copied. `root` is where the root really is.
 */
export async function copyGeneration(
  from: { readonly directory: string; readonly root: string },
  to: { readonly directory: string; readonly root: string },
  signal: AbortSignal,
): Promise<void> {
  const options = ['--archive', '--reflink=auto', '--one-file-system', '--no-target-directory'];
  await runIsolated({
    argv: ['cp', ...options, from.root, to.root],
    environment: { LC_ALL: 'C' },
    cwd: to.directory,
    onLine: () => {},
    signal,
  });
  for (const entry of await readdir(from.directory, { withFileTypes: true })) {
    const [before, now] = [join(from.directory, entry.name), join(to.directory, entry.name)];
    if (!entry.isFile()) continue;
    if (/^rootimg[-.]/u.test(entry.name)) await link(before, now);
    else if (/^(?:kernel(?:\..*)?|initrd-.*)$/u.test(entry.name)) {
      await copyFile(before, now, constants.COPYFILE_FICLONE);
    }
  }
}
