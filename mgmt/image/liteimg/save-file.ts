import { StateliteError } from '../../../agent/errors.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { reservedFor } from '../../../agent/rules/path.ts';
import { formatSave, nothingSaved, parseSave, type Saved } from '../../../agent/rules/save.ts';
import { lexical } from '../../../agent/rules/walk.ts';
import { at, statusOf, type Tree } from './image.ts';

/** Reads the image's litefile.save. ERR_STATELITE_IMAGE if it is damaged. */
export async function readSave(image: Tree): Promise<Saved> {
  const place = await at(image, layout.save);
  if (statusOf(image, place) === undefined) return nothingSaved;
  try {
    const saved = parseSave((await image.files.content(place)).toString());
    for (const path of [...saved.entries.keys(), ...saved.made.keys()]) {
      if (!canBeListed(path)) throw new Error(`${JSON.stringify(path)} cannot be listed`);
    }
    return saved;
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `${layout.save} in ${image.root} cannot be read`,
      {
        cause,
        hint: 'restore it from a copy of the image; without it planted links cannot be told from others',
      },
    );
  }
}

/** A hand that edits the record must not make liteimg work on `/`, or on what is its own. */
function canBeListed(path: string): boolean {
  const isPlain = path !== '/' && !path.includes('\0') && lexical('/', path) === path;
  return isPlain && reservedFor(path) === undefined;
}

/** Writes it, if it changes: a second run leaves the image as it is. */
export async function writeSave(image: Tree, name: string, saved: Saved): Promise<void> {
  const place = await at(image, layout.save);
  const text = formatSave(name, saved);
  await image.files.remove(`${place}.new`); // of a killed run, or a link
  const isWritten =
    statusOf(image, place) !== undefined && (await image.files.content(place)).toString() === text;
  if (!isWritten) await image.files.replace(place, text);
}
