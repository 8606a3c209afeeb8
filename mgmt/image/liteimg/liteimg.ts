import { StateliteError } from '../../../agent/errors.ts';
import type { CopyCalls } from '../../../agent/files/copy.ts';
import { surveyed } from '../../../agent/files/survey.ts';
import type { LitefileRow } from '../../../agent/protocol/answer.ts';
import type { Entries } from '../../../agent/rules/entries.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import { checkAreas, checkImage, ownDirectories } from './check.ts';
import { checkOriginals } from './check-originals.ts';
import { readEarlier } from './earlier.ts';
import { areaOf, type Image, statusOf } from './image.ts';
import { emptyWorkplace, makeDirectories } from './make.ts';
import { notesOn } from './notes.ts';
import { prepareEntries } from './prepare.ts';
import { restoreEntries } from './restore.ts';
import { restoredView } from './restored-view.ts';
import { writeSave } from './save-file.ts';
import { writeSystemFiles } from './system-files.ts';
import { type Wanted, wantedOf } from './wanted.ts';

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
  await checkImage(root);
  const earlier = await readEarlier(root);
  const wanted = await surveyed((look) => wantedOf(rows, restoredView(look(root), earlier)));
  const listed = new Set([...earlier.entries.keys(), ...wanted.entries.keys()]);
  await checkAreas(root, wanted.entries.keys(), listed);
  await checkOriginals(root, earlier, wanted.entries);

  const image: Image = {
    root,
    calls,
    missing: wanted.missing,
    made: new Map(earlier.made),
    notes: [],
  };
  try {
    for (const path of ownDirectories) await makeDirectories(root, path);
    await emptyWorkplace(root);
    // Until it is done, the record is that of the earlier run.
    await restoreEntries(image, earlier, wanted);
    await writeSystemFiles(image, wish);
    await recordWanted(image, wish, wanted);
    await prepareEntries(image, wanted.entries);
    await writeSave(root, wish.image, { entries: savedOf(wanted), made: image.made });
  } catch (cause) {
    throw unfinished(root, cause);
  }
  return { entries: wanted, notes: [...notesOn(wanted), ...image.notes] };
}

/** What the preparation may make is on record before it makes anything, so that the next run knows. */
async function recordWanted(image: Image, wish: LiteimgWish, wanted: Wanted): Promise<void> {
  const made = new Map(image.made);
  for (const [path, type] of wanted.missing) {
    const area = await areaOf(image.root, path);
    const stats = area === undefined ? undefined : await statusOf(image.root + area + path);
    if (stats === undefined || stats.isSymbolicLink()) made.set(path, type);
  }
  await writeSave(image.root, wish.image, { entries: savedOf(wanted), made });
}

function savedOf({ entries }: Entries): Saved['entries'] {
  return new Map(
    [...entries.values()].map(({ path, type, option }) => [path, { path, type, option }]),
  );
}

function unfinished(root: string, cause: unknown): unknown {
  const isOfSystem = cause instanceof Error && 'errno' in cause;
  if (!isOfSystem) return cause;
  return new StateliteError('ERR_STATELITE_IMAGE', `the image ${root} is prepared by half`, {
    cause,
    hint: 'remove what hinders and run liteimg again: it goes on from there',
  });
}
