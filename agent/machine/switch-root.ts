import { constants, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { access, lstat, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../errors.ts';
import { chase } from '../files/chase.ts';
import type { System } from '../system.ts';

/** The file by which the agent knows that `/` is its own initramfs and may be deleted. */
export const marker = '/etc/statelite/initramfs';

const moved = ['/dev', '/proc', '/sys'] as const;

/** statfs(2) of what the kernel unpacks an initramfs into: ramfs or tmpfs. */
const memoryTypes = [0x858458f6, 0x01021994];

/**
 * Throws ERR_STATELITE_SWITCH_ROOT unless the new root has an init that can be executed and the
 * directories that it finds the kernel's file systems on.
 */
export async function checkInit(root: string, init: string): Promise<void> {
  try {
    const file = await chase(root, init);
    if (!(await stat(file)).isFile()) throw new Error(`${init} is no file`);
    await access(file, constants.X_OK);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_SWITCH_ROOT', `the image has no executable ${init}`, {
      cause,
      hint: 'does the image hold an init system? init= names another program',
    });
  }
  for (const directory of moved) await requireDirectory(root, directory);
}

/** The root is read-only by now: what is missing cannot be made. */
async function requireDirectory(root: string, directory: string): Promise<void> {
  try {
    if ((await lstat(join(root, directory))).isDirectory()) return;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  throw new StateliteError('ERR_STATELITE_SWITCH_ROOT', `the image has no directory ${directory}`, {
    hint: 'make it, empty, in the root image',
  });
}

/**
 * Deletes the initramfs, makes `root` the root and becomes its init, keeping PID 1. DANGEROUS: it deletes
 * everything on the device of `/`, so it refuses unless this is PID 1 on its own initramfs.
 */
export async function switchRoot(
  root: string,
  init: string,
  argv: readonly string[],
  system: Pick<System, 'move' | 'changeRoot' | 'execute'>,
): Promise<never> {
  await checkInit(root, init);
  await refuseUnlessOurs(root);
  for (const directory of moved) await system.move(directory, join(root, directory));
  deleteInitramfs();
  process.chdir(root);
  await system.move('.', '/');
  system.changeRoot('.');
  process.chdir('/');
  const environment = [
    'HOME=/',
    'TERM=linux',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ];
  return system.execute(init, [init, ...argv], environment);
}

async function refuseUnlessOurs(root: string): Promise<void> {
  const [here, there, { type }] = await Promise.all([stat('/'), stat(root), statfs('/')]);
  const isMarked = (await lstat(marker)).isFile();
  const isInitramfs = isMarked && memoryTypes.includes(type);
  if (process.pid === 1 && isInitramfs && here.dev !== there.dev) return;
  throw new Error('refusing to delete a root that is not our initramfs');
}

/**
 * Stays on the device of `/`: what is mounted elsewhere by then, from an emergency shell perhaps, is
 * somebody's data.
 */
function deleteInitramfs(): void {
  const { dev } = lstatSync('/');
  const remove = (path: string): void => {
    try {
      const stats = lstatSync(path);
      if (stats.dev !== dev) return;
      if (!stats.isDirectory()) unlinkSync(path);
      else {
        for (const name of readdirSync(path)) remove(join(path, name));
        rmdirSync(path);
      }
    } catch (error) {
      // A mount point cannot go, nor what holds it; there is no way back for the sake of a file.
      if (!hasCode(error, 'EBUSY', 'ENOTEMPTY', 'ENOENT')) throw error;
    }
  };
  for (const name of readdirSync('/')) remove(join('/', name));
}
