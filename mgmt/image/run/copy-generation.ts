import { constants } from 'node:fs';
import { copyFile, link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runIsolated } from '../genimage/isolated.ts';
import { initramfsName } from '../genimage/staging.ts';

/**
 * Copies a generation to an empty directory: reflinks where the file system has them, else copies,
 * nothing in common that both could be written through. A packed root is a hard link, for it is only
 * ever replaced: nodes boot it until somebody packs the new root. The record is not copied.
 */
export async function copyGeneration(from: string, to: string, signal: AbortSignal): Promise<void> {
  await runIsolated({
    argv: [
      'cp',
      '--archive',
      '--reflink=auto',
      '--one-file-system',
      '--no-target-directory',
      join(from, 'rootimg'),
      join(to, 'rootimg'),
    ],
    environment: { LC_ALL: 'C' },
    cwd: to,
    onLine: () => {},
    signal,
  });
  for (const name of await readdir(from)) {
    if (name === 'kernel' || name === initramfsName) {
      await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
    } else if (name.startsWith('rootimg-statelite.')) {
      await link(join(from, name), join(to, name));
    }
  }
}
