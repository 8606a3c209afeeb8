import { access } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';

/** Whether there is something at a path of this machine. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
