import { tmpdir } from 'node:os';
import { StateliteError } from '../errors.ts';
import { loadNative } from '../native/load.ts';
import type { LitefileRow } from '../protocol/answer.ts';
import { type Entries, entriesOf } from '../rules/entries.ts';
import { layout } from '../rules/layout.ts';
import { nothingSaved, parseSave, type Saved } from '../rules/save.ts';
import { chaseAll } from './chase.ts';
import { readTexts } from './read-texts.ts';
import { type Facts, knowNothing, surveyed } from './survey.ts';

/** What the image says about itself: read before anything is mounted over /.statelite. */
export interface ImageRecord {
  readonly entries: Entries;
  readonly saved: Saved;
  /** What was looked at for it. */
  readonly facts?: Facts;
}

/** Reads litefile.save and decides the entries; a table that liteimg would refuse throws (5.6). */
export async function readImage(root: string, rows: readonly LitefileRow[]): Promise<ImageRecord> {
  const saved = await readSave(root);
  const facts = knowNothing();
  const entries = await surveyed(
    (look) => entriesOf(rows, look(root), saved),
    [{ root, paths: rows.flatMap(({ file }) => [file, `${layout.pristine}/${file}`]) }],
    facts,
  );
  return { entries, saved, facts };
}

/** The image's litefile.save; nothing if liteimg never ran. Throws ERR_STATELITE_TABLE if it is damaged. */
export async function readSave(root: string): Promise<Saved> {
  const text = await readText(root, layout.save);
  if (text === undefined) return nothingSaved;
  try {
    return parseSave(text);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_TABLE', `the image's ${layout.save} is damaged`, {
      cause,
      hint: 'run liteimg for the image',
    });
  }
}

/** Which generation of the image a root is, if it says: a decimal number in `/.statelite/generation`. */
export async function readGeneration(root: string): Promise<number | undefined> {
  const text = await readText(root, generationFile);
  return /^\d{1,15}\n?$/u.test(text ?? '') ? Number(text) : undefined;
}

const generationFile = `${layout.statelite}/generation`;

async function readText(root: string, path: string): Promise<string | undefined> {
  const native = loadNative(tmpdir());
  try {
    const [text] = await readTexts(native, await chaseAll(native, [{ root, path }]));
    return text;
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_STORE', `cannot read ${path} of the image`, {
      cause,
      hint: 'can root on this host read it? (NFS exports of images need no root)',
    });
  }
}
