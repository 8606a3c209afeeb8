import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import type { CopyCalls } from '../../../agent/files/copy.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import { surveyed } from '../../../agent/files/survey.ts';
import type { LitefileRow } from '../../../agent/protocol/answer.ts';
import { type Entries, entriesOf } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { formatSave, nothingSaved, parseSave, type Saved } from '../../../agent/rules/save.ts';
import { at, type Image, statusOf } from './image.ts';
import { prepareEntries } from './prepare.ts';
import { restoreEntries } from './restore.ts';
import { writeSystemFiles } from './system-files.ts';

export interface LiteimgWish {
  /** The root image, absolute and without links. */
  readonly root: string;
  readonly image: string;
  readonly rows: readonly LitefileRow[];
  /** Scripts that go to /xcatpost, if the directory exists. */
  readonly postscripts: string;
  readonly profile: string;
}

export interface LiteimgResult {
  readonly entries: Entries;
  readonly notes: readonly string[];
}

/**
 * Makes an image fit its litefile rows (semantics 4): validates everything before the first change,
 * restores what is no longer wanted, then plants, mirrors and makes. A run that was killed is
 * repaired by the next. Throws ERR_STATELITE_ROW, _TABLE, _PATH for the table, _IMAGE for the image.
 */
export async function liteimg(wish: LiteimgWish, calls: CopyCalls): Promise<LiteimgResult> {
  const { root, rows } = wish;
  await checkRoot(root);
  const saved = await readSaved(root);
  const look = (now: Saved) => surveyed((view) => entriesOf(rows, view(root), now));
  const wanted = await look(saved);

  const image: Image = { root, calls, made: new Map(saved.made), notes: [] };
  await makeLayout(image);
  // What this run may change is on record before it changes anything, so that the next one knows.
  await writeSaved(wish, { entries: union(saved, wanted), made: madeBefore(saved, wanted) });
  await restoreEntries(image, saved, wanted);
  const entries = await look({ entries: keptOf(saved, wanted), made: image.made });
  await prepareEntries(image, entries);
  await writeSystemFiles(image, wish);
  await writeSaved(wish, { entries: savedOf(entries), made: image.made });
  return { entries, notes: [...leftAlone(entries), ...image.notes] };
}

async function checkRoot(root: string): Promise<void> {
  try {
    if ((await stat(join(root, 'etc'))).isDirectory()) return;
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  throw new StateliteError('ERR_STATELITE_IMAGE', `there is no root image in ${root}`, {
    hint: 'build it with genimage first',
  });
}

async function makeLayout(image: Image): Promise<void> {
  for (const path of [layout.tmpfs, layout.pristine, layout.links, layout.localdisk, '/.sllocal/log']) {
    await mkdir(await at(image, path), { recursive: true, mode: 0o755 });
  }
  const postscripts = await at(image, '/xcatpost'); // listed in many tables, so it may be a planted link
  if ((await statusOf(postscripts)) === undefined) await mkdir(postscripts, { mode: 0o755 });
}

async function readSaved(root: string): Promise<Saved> {
  try {
    return parseSave(await readFile(join(root, layout.save), 'utf8'));
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return nothingSaved;
    throw new StateliteError('ERR_STATELITE_IMAGE', `${layout.save} in ${root} cannot be read`, {
      cause,
      hint: 'restore it from a copy of the image; without it planted links cannot be told from others',
    });
  }
}

async function writeSaved({ root, image }: LiteimgWish, saved: Saved): Promise<void> {
  await replaceFile(join(root, layout.save), formatSave(image, saved));
}

function savedOf({ entries }: Entries): Saved['entries'] {
  return new Map(
    [...entries.values()].map(({ path, type, option }) => [path, { path, type, option }]),
  );
}

function union(saved: Saved, wanted: Entries): Saved['entries'] {
  return new Map([...savedOf(wanted), ...saved.entries]);
}

/** Everything the coming run might make. */
function madeBefore(saved: Saved, { entries }: Entries): Saved['made'] {
  const missing = [...entries.values()].filter(({ original }) => original === undefined);
  return new Map([...missing.map(({ path, type }) => [path, type] as const), ...saved.made]);
}

/** After the restoring, only entries that are as before still are as recorded. */
function keptOf(saved: Saved, wanted: Entries): Saved['entries'] {
  return new Map(
    [...saved.entries].filter(([path, { type, option }]) => {
      const now = wanted.entries.get(path);
      return now !== undefined && now.type === type && now.option === option;
    }),
  );
}

function leftAlone({ leftAlone: rows }: Entries): string[] {
  return rows.map(
    ({ written, place }) =>
      `${written} is left alone: it leads to ${place}, which is writable at run time`,
  );
}
