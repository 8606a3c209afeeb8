import { readdir, readFile } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { namePath } from './name-path.ts';

/** The text of a file; undefined if there is none. `absent` are further codes that say so. */
export async function readIfThere(path: string, ...absent: string[]): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', ...absent)) return undefined;
    throw namePath(error, path); // a directory, for one
  }
}

/** The names in a directory; none if there is no directory. `absent` as above. */
export async function namesIfThere(directory: string, ...absent: string[]): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT', ...absent)) return [];
    throw error;
  }
}
