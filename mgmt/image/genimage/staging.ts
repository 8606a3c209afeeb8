import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StateliteError } from '../../../agent/errors.ts';
import { exists } from './exists.ts';

/**
 * The places of one image. A build makes the `new` ones beside the good ones; `commit` puts all in
 * place by renames. Nodes that run from the previous root keep it (`old`) until the next build.
 */
export interface Staging {
  readonly root: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly old: string;
  readonly new: { readonly root: string; readonly kernel: string; readonly initramfs: string };
}

/** xCAT's name, whatever compresses it: boot files and tools know it, and the kernel looks inside. */
export const initramfsName = 'initrd-statelite.gz';

export function stagingOf(rootimgdir: string): Staging {
  const at = (name: string) => join(rootimgdir, name);
  return {
    root: at('rootimg'),
    kernel: at('kernel'),
    initramfs: at(initramfsName),
    old: at('rootimg.old'),
    new: {
      root: at('rootimg.new'),
      kernel: at('kernel.new'),
      initramfs: at(`${initramfsName}.new`),
    },
  };
}

/**
 * Before a build: removes what a killed one left, and gives back the last good root if it was
 * killed between its renames.
 */
export async function clearLeftovers(rootimgdir: string, staging: Staging): Promise<void> {
  await mkdir(rootimgdir, { recursive: true });
  await discard(staging);
  if (!(await exists(staging.root))) await renameIfThere(staging.old, staging.root);
}

/** Removes what a build made so far; the good image stays. */
export async function discard(staging: Staging): Promise<void> {
  await removeTree(staging.new.root);
  await rm(staging.new.kernel, { force: true });
  await rm(staging.new.initramfs, { force: true });
}

/** Makes the new image the image: whole on the disk first, then a few renames. Whether there was an old one. */
export async function commit(staging: Staging): Promise<boolean> {
  await promisify(execFile)('sync', ['--file-system', staging.new.root]);
  await removeTree(staging.old);
  const isSecond = await renameIfThere(staging.root, staging.old);
  await rename(staging.new.root, staging.root);
  await commitBoot(staging);
  return isSecond;
}

/** The same for the kernel and initramfs alone. */
export async function commitBoot(staging: Staging): Promise<void> {
  await rename(staging.new.kernel, staging.kernel);
  await rename(staging.new.initramfs, staging.initramfs);
}

/** Removes a tree, but never into something mounted there. */
async function removeTree(path: string): Promise<void> {
  const mounted = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .find((place) => place === path || place.startsWith(`${path}/`));
  if (mounted !== undefined) {
    throw new StateliteError('ERR_STATELITE_IMAGE', `${mounted} is mounted in a stale image tree`, {
      hint: `umount ${mounted}, then run genimage again`,
    });
  }
  await rm(path, { recursive: true, force: true });
}

/** mountinfo writes blanks and the like as \\040. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, code: string) =>
    String.fromCharCode(parseInt(code, 8)),
  );
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  if (!(await exists(from))) return false;
  await rename(from, to);
  return true;
}
