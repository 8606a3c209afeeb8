import { readFile, rm } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { formatSave, nothingSaved, parseSave, type Saved } from '../../../agent/rules/save.ts';
import { lexical } from '../../../agent/rules/walk.ts';
import { at, statusOf } from './image.ts';

/** Reads the image's litefile.save. ERR_STATELITE_IMAGE if it is damaged. */
export async function readSave(root: string): Promise<Saved> {
  const place = await at(root, layout.save);
  if ((await statusOf(place)) === undefined) return nothingSaved;
  try {
    const saved = parseSave(await readFile(place, 'utf8'));
    for (const path of [...saved.entries.keys(), ...saved.made.keys()]) {
      if (lexical('/', path) !== path) throw new Error(`${path} is no path of an image`);
    }
    return saved;
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_IMAGE', `${layout.save} in ${root} cannot be read`, {
      cause,
      hint: 'restore it from a copy of the image; without it planted links cannot be told from others',
    });
  }
}

/** Writes it, if it changes: a second run leaves the image as it is. */
export async function writeSave(root: string, image: string, saved: Saved): Promise<void> {
  const place = await at(root, layout.save);
  const text = formatSave(image, saved);
  await rm(`${place}.new`, { recursive: true, force: true }); // of a killed run, or a link
  if (!(await isWritten(place, text))) await replaceFile(place, text);
}

async function isWritten(place: string, text: string): Promise<boolean> {
  try {
    return (await readFile(place, 'utf8')) === text;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
