import { readFile } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { replaceFile } from './replace-file.ts';

/** Stands in the first lines of every file that setup may overwrite. */
export const marker = 'Written by statelite setup, which writes it anew each time it runs.';

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes the files, none if one of them was there before and is not ours.
 * @throws ERR_STATELITE_SETUP naming that file.
 */
export async function writeGenerated(files: readonly GeneratedFile[]): Promise<void> {
  for (const { path } of files) {
    const old = await readIfThere(path);
    if (old !== undefined && !old.slice(0, 300).includes(marker)) {
      throw new StateliteError(
        'ERR_STATELITE_SETUP',
        `${path} was not written by statelite setup`,
        {
          hint: 'move it away, or write elsewhere with --output',
        },
      );
    }
  }
  for (const { path, text } of files) await replaceFile(path, text, 0o644);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
