import { constants } from 'node:fs';
import { access, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import { chase } from '../files/chase.ts';
import type { System } from '../system.ts';

/** The file by which the agent knows that `/` is its own initramfs and may be deleted. */
export const marker = '/etc/statelite/initramfs';

const moved = ['/dev', '/proc', '/sys'] as const;

/** Throws ERR_STATELITE_SWITCH_ROOT unless the new root has an init that can be executed. */
export async function checkInit(root: string, init: string): Promise<void> {
  try {
    await access(await chase(root, init), constants.X_OK);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_SWITCH_ROOT', `the image has no executable ${init}`, {
      cause,
      hint: 'does the image hold an init system? init= names another program',
    });
  }
}

/**
 * Deletes the initramfs, makes `root` the root and becomes its init, keeping PID 1. DANGEROUS: it deletes
 * everything on the device of `/`, so it refuses unless this is PID 1 on its own initramfs.
 */
export async function switchRoot(
  root: string,
  init: string,
  argv: readonly string[],
  system: System,
): Promise<never> {
  await checkInit(root, init);
  await refuseUnlessOurs(root);
  for (const directory of moved) {
    await mkdir(join(root, directory), { recursive: true });
    await system.move(directory, join(root, directory));
  }
  await deleteInitramfs(root);
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
  const [here, there] = await Promise.all([stat('/'), stat(root)]);
  const marked = (await lstat(marker)).isFile();
  if (process.pid === 1 && marked && here.dev !== there.dev) return;
  throw new Error('refusing to delete a root that is not our initramfs');
}

async function deleteInitramfs(root: string): Promise<void> {
  const { dev } = await stat('/');
  const keep = root.split('/')[1];
  for (const name of await readdir('/')) {
    const path = join('/', name);
    if (name === keep || (await lstat(path)).dev !== dev) continue;
    await rm(path, { recursive: true, force: true });
  }
}
