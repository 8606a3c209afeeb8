import { access, lstat } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';

/** Whether there is something at a path of this machine. */
export async function exists(path: string): Promise<boolean> {
  return isFound(async () => {
    await access(path);
    return true;
  });
}

/** Whether there is a directory, and no link to one. */
export async function isDirectory(path: string): Promise<boolean> {
  return isFound(async () => (await lstat(path)).isDirectory());
}

async function isFound(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
