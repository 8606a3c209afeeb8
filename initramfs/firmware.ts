import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../agent/errors.ts';
import { chase } from '../agent/files/chase.ts';

export interface Firmware {
  /** Its path on the node. */
  readonly path: string;
  /** The file on this machine. */
  readonly source: string;
}

/**
 * The firmware files that an image has of those its modules may ask for, where the kernel looks
 * (firmware_class). One that is missing is no error: most are for cards the cluster does not have.
 */
export async function findFirmware(
  root: string,
  release: string,
  names: readonly string[],
): Promise<Firmware[]> {
  const directories = [`updates/${release}`, 'updates', release, '.'];
  const found: Firmware[] = [];
  for (const name of new Set(names)) {
    // A pattern stands for files of other boards; `..` is in no firmware's name.
    if (/[*?[]/u.test(name) || name.split('/').includes('..')) continue;
    for (const directory of directories) {
      const path = join('/lib/firmware', directory, name);
      const file = await firstFile(root, [path, `${path}.xz`, `${path}.zst`]);
      if (file === undefined) continue;
      found.push(file);
      break;
    }
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function firstFile(root: string, paths: readonly string[]): Promise<Firmware | undefined> {
  for (const path of paths) {
    const source = await chase(root, path);
    try {
      if ((await stat(source)).isFile()) return { path, source };
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
  return undefined;
}
