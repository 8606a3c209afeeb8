import type { CopyCalls } from '../../../agent/files/copy.ts';
import { surveyed } from '../../../agent/files/survey.ts';
import type { LitefileRow } from '../../../agent/protocol/answer.ts';
import type { Entries } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import { unshareRoot } from '../generations/unshare.ts';
import { type Change, changesOf } from './changes.ts';
import { checkAreas, checkImage, ownDirectories } from './check.ts';
import { checkHost } from './check-host.ts';
import { checkOriginals } from './check-originals.ts';
import { diskFiles, diskReads } from './disk.ts';
import { readEarlier } from './earlier.ts';
import { explained } from './explained.ts';
import type { Files } from './files.ts';
import { areaOf, type Image, statusOf } from './image.ts';
import { journalOf } from './journal.ts';
import { emptyWorkplace, makeDirectories } from './make.ts';
import { notesOn } from './notes.ts';
import { prepareEntries } from './prepare.ts';
import { pretendedFiles } from './pretence.ts';
import { restoreEntries } from './restore.ts';
import { restoredView } from './restored-view.ts';
import { writeSave } from './save-file.ts';
import { newRootHash, type SystemWish, writeSystemFiles } from './system-files.ts';
import { type Wanted, wantedOf } from './wanted.ts';

export interface LiteimgWish extends SystemWish {
  /** The root image, absolute and without links. */
  readonly root: string;
  readonly image: string;
  readonly rows: readonly LitefileRow[];
}

export interface LiteimgResult {
  readonly entries: Entries;
  readonly notes: readonly string[];
  /** What was changed in the image, or would be; nothing if it was prepared already. */
  readonly changes: readonly Change[];
}

/**
 * Makes an image fit its litefile rows (semantics 4): validates everything before the first change,
 * restores what is no longer wanted, then plants, mirrors and makes. A run that was killed is
 * repaired by the next. Throws ERR_STATELITE_ROW, _TABLE, _PATH for the table, _IMAGE for the image.
 */
export async function liteimg(wish: LiteimgWish, calls: CopyCalls): Promise<LiteimgResult> {
  const result = await run(wish, diskFiles(calls));
  await ownOriginals(wish, calls);
  return result;
}

/**
 * What went to /.default may be a hard link of another generation's: there it would be written
 * through a planted link. It gets a copy.
 */
async function ownOriginals({ root }: LiteimgWish, calls: CopyCalls): Promise<void> {
  const files = diskFiles(calls);
  try {
    await unshareRoot(root, await emptyWorkplace({ root, files }), calls, layout.pristine);
  } catch (cause) {
    throw explained(root, cause, true);
  }
}

/** What `liteimg` would do and refuse now. The image is only read: the same run works on a pretence. */
export async function planLiteimg(wish: LiteimgWish): Promise<LiteimgResult> {
  return run(wish, pretendedFiles(diskReads));
}

async function run(wish: LiteimgWish, disk: Files): Promise<LiteimgResult> {
  const { root, rows } = wish;
  const journal = journalOf(root, disk);
  const tree = { root, files: journal.files };
  try {
    await checkHost(root);
    await checkImage(tree);
    const earlier = await readEarlier(tree);
    const wanted = await surveyed((look) => wantedOf(rows, restoredView(look(root), earlier)));
    const listed = new Set([...earlier.entries.keys(), ...wanted.entries.keys()]);
    await checkAreas(tree, wanted.entries.keys(), listed);
    await checkOriginals(tree, earlier, wanted.entries);
    const hash = await newRootHash(tree, wish);

    const { missing } = wanted;
    const image: Image = { ...tree, journal, missing, made: new Map(earlier.made), notes: [] };
    for (const path of ownDirectories) {
      journal.about({ task: 'areas', path });
      await makeDirectories(image, path);
    }
    journal.about({ task: 'areas', path: layout.statelite });
    await emptyWorkplace(image);
    // Until it is done, the record is that of the earlier run.
    await restoreEntries(image, earlier, wanted);
    await writeSystemFiles(image, wish, hash);
    journal.about({ task: 'system', path: layout.save });
    await recordWanted(image, wish, wanted);
    await prepareEntries(image, wanted.entries);
    journal.about({ task: 'system', path: layout.save });
    await writeSave(image, wish.image, { entries: savedOf(wanted), made: image.made });
    const notes = [...notesOn(wanted), ...image.notes];
    return { entries: wanted, notes, changes: changesOf(journal.pages) };
  } catch (cause) {
    throw explained(root, cause, journal.pages.length > 0);
  }
}

/** What the preparation may make is on record before it makes anything, so that the next run knows. */
async function recordWanted(image: Image, wish: LiteimgWish, wanted: Wanted): Promise<void> {
  const made = new Map(image.made);
  for (const [path, type] of wanted.missing) {
    const area = await areaOf(image, path);
    const stats = area === undefined ? undefined : statusOf(image, image.root + area + path);
    if (stats === undefined || stats.isSymbolicLink()) made.set(path, type);
  }
  await writeSave(image, wish.image, { entries: savedOf(wanted), made });
}

function savedOf({ entries }: Entries): Saved['entries'] {
  return new Map(
    [...entries.values()].map(({ path, type, option }) => [path, { path, type, option }]),
  );
}
