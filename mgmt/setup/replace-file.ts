import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '../../agent/files/make-directory.ts';
import { namePath } from '../../agent/files/name-path.ts';

/** Writes a file beside its place and renames it: readers see the old text or the new one. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  makeDirectory(dirname(path));
  const beside = `${path}.new`;
  const file = await open(beside, 'w', mode);
  try {
    await file.chmod(mode); // a leftover keeps the mode it had
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    throw namePath(error, beside);
  } finally {
    await file.close();
  }
  await rename(beside, path);
}
