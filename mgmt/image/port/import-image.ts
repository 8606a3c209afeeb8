import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import type { Store } from '../../db/store.ts';
import { hasImage } from '../generations/read.ts';
import { recordName } from '../generations/record.ts';
import { imageTree } from '../genimage/inside.ts';
import { findKernel } from '../genimage/kernel.ts';
import { lockImage, withImageLock } from '../genimage/lock.ts';
import { commit, discard, openStaging, type Staging } from '../genimage/staging.ts';
import { type Unpacked, unpackArchive } from './archive-in.ts';
import { megabytes } from './export-image.ts';
import { type PortedRows, refuseDefined, type RowsWritten, writeRows } from './import-rows.ts';
import { largestManifest, type Manifest, parseManifest } from './manifest.ts';
import { member, treeRoot } from './members.ts';
import { makeDirectories, stageFiles } from './place-files.ts';
import { type ImportPlan, planImport } from './plan-import.ts';
import { parseLitefileCsv, parseLitetreeCsv } from './table-files.ts';
import { unpackTree } from './tree-in.ts';
import { restoreXattrs } from './xattrs.ts';

export interface ImportWish {
  /** The archive; `fetch` puts it at the path that it gets. */
  readonly archive: string | { readonly fetch: (to: string) => Promise<void> };
  readonly installdir: string;
  /** Undefined: as the archive has it. */
  readonly profile: string | undefined;
  /** Replace an image of the same name, and files that are different here. */
  readonly force: boolean;
  /** False: files only, no rows. */
  readonly definitions: boolean;
  /** Where extra files may be put besides installdir. */
  readonly extraBelow: readonly string[];
  /** Nodes that get the scripts of the archive. */
  readonly nodes: readonly string[];
}

export interface ImportTools {
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly progress: Record<'step' | 'update' | 'done', (text: string) => void>;
}

export interface Imported {
  readonly plan: ImportPlan;
  /** Undefined without definitions. */
  readonly rows: RowsWritten | undefined;
  readonly warnings: readonly string[];
}

/** Lists are read as a whole; longer is none. */
const largestList = 1 << 24;

/**
 * Makes an image out of an archive of imgexport, ours or stock xCAT's: everything is unpacked and
 * checked below installdir first, the tree as the next generation of its image; then one rename
 * publishes it, and one transaction writes its rows. What fails before leaves nothing behind and
 * changes nothing. Throws ERR_STATELITE_IMAGE naming what is refused, also for an image that there is.
 */
export async function importImage(wish: ImportWish, tools: ImportTools): Promise<Imported> {
  await mkdir(wish.installdir, { recursive: true });
  await removeStale(wish.installdir);
  const scratch = await mkdtemp(join(wish.installdir, scratchPrefix));
  const lock = await lockImage(scratch);
  try {
    const archive = await unpack(wish, scratch, tools);
    const manifest = parseManifest(await textIn(archive, member.manifest, largestManifest));
    const plan = planImport(manifest, new Set(archive.members.keys()), wish);
    const ported = await portedRows(archive, wish.definitions);
    if (wish.definitions) await refuseDefined(tools.store, plan.image, wish.force);
    const rows = await withImageLock(plan.rootimgdir, () =>
      place({ archive, manifest, plan, ported }, wish, tools),
    );
    const ignored = archive.ignored.map((name) => `${name} of the archive is left out`);
    return { plan, rows, warnings: [...plan.warnings, ...ignored, ...(rows?.warnings ?? [])] };
  } finally {
    await rm(scratch, { recursive: true });
    await lock[Symbol.asyncDispose]();
  }
}

const scratchPrefix = '.imgimport-';

/** What killed imports left: nobody has the lock. */
async function removeStale(installdir: string): Promise<void> {
  for (const name of await readdir(installdir)) {
    if (!name.startsWith(scratchPrefix)) continue;
    const path = join(installdir, name);
    try {
      await withImageLock(path, () => rm(path, { recursive: true, force: true }));
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_IMAGE')) throw error; // in use
    }
  }
}

async function unpack(
  { archive }: ImportWish,
  scratch: string,
  { signal, progress }: ImportTools,
): Promise<Unpacked> {
  let path = join(scratch, 'archive');
  if (typeof archive === 'string') path = archive;
  else {
    progress.step('fetching the archive');
    await archive.fetch(path);
  }
  progress.step('unpacking the archive');
  const into = join(scratch, 'image');
  await mkdir(into, { mode: 0o700 });
  const onBytes = (bytes: number) => progress.update(megabytes(bytes));
  const unpacked = await unpackArchive(path, into, { signal, onBytes });
  if (typeof archive !== 'string') await rm(path);
  return unpacked;
}

async function textIn(
  { directory, members }: Unpacked,
  name: string,
  most: number,
): Promise<string> {
  if (members.get(name) !== 'file') {
    throw new StateliteError('ERR_STATELITE_IMAGE', `the archive is refused: it has no ${name}`, {
      hint: 'it is not one of imgexport',
    });
  }
  const path = join(directory, name);
  const { size } = await stat(path);
  if (size <= most) return readFile(path, 'utf8');
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `the archive is refused: ${name} has ${size} bytes, more than any`,
  );
}

/** The list of ours or of stock xCAT; an archive of an image without rows has none. */
async function portedRows(archive: Unpacked, definitions: boolean): Promise<PortedRows> {
  const text = async (name: string) =>
    definitions && archive.members.has(name) ? textIn(archive, name, largestList) : undefined;
  const litefile = await text(member.litefile);
  const litetree = await text(member.litetree);
  return {
    litefile: litefile === undefined ? [] : parseLitefileCsv(litefile),
    litetree: litetree === undefined ? [] : parseLitetreeCsv(litetree),
  };
}

interface Job {
  readonly archive: Unpacked;
  readonly manifest: Manifest;
  readonly plan: ImportPlan;
  readonly ported: PortedRows;
}

/** With the image's lock: tree, files, rows. */
async function place(
  { archive, manifest, plan, ported }: Job,
  { installdir, extraBelow, force, definitions, nodes }: ImportWish,
  { store, signal, progress }: ImportTools,
): Promise<RowsWritten | undefined> {
  const { rootimgdir } = plan;
  const hadImage = await hasImage(rootimgdir);
  if (hadImage && !force) refuseImage(rootimgdir);
  const files = await stageFiles(archive, [...plan.lists, ...plan.extra], {
    force,
    below: [installdir, ...extraBelow],
  });
  const directories = [
    await makeDirectories(`${rootimgdir}.generations`),
    await makeDirectories(rootimgdir),
  ];
  try {
    const staging = await openStaging(rootimgdir);
    try {
      progress.step('unpacking the root image');
      const kernel = await fillGeneration(staging, archive, plan, { signal, progress });
      signal.throwIfAborted();
      await files.commit();
      await commit(staging, { by: `imgimport ${plan.image}`, kernel });
    } catch (error) {
      await discard(staging);
      throw error;
    }
    if (!definitions) return undefined;
    try {
      return await store.transaction((rows) =>
        writeRows(rows, plan, ported, manifest, { force, nodes }),
      );
    } catch (error) {
      if (!hadImage) await removeImage(plan);
      throw error;
    }
  } catch (error) {
    await files.undo();
    for (const remove of directories.toReversed()) await remove();
    throw error;
  }
}

async function fillGeneration(
  { new: made }: Staging,
  { directory, members }: Unpacked,
  { boot, linuximage }: ImportPlan,
  { signal, progress }: Pick<ImportTools, 'signal' | 'progress'>,
): Promise<string> {
  await mkdir(made.root, { mode: 0o755 });
  const onBytes = (bytes: number) => progress.update(megabytes(bytes));
  const seen = await unpackTree(join(directory, member.tree), made.root, { signal, onBytes });
  if (members.has(member.xattrs)) {
    await restoreXattrs(join(directory, member.xattrs), made.root, seen, signal);
  }
  for (const name of boot) await copyFile(join(directory, name), join(made.directory, name));
  return kernelVersion(made.root, linuximage['kernelver'] ?? '');
}

/** Takes an image away that is in place, but that no row may name. */
async function removeImage({ rootimgdir, boot }: ImportPlan): Promise<void> {
  for (const name of [recordName, treeRoot, ...boot]) {
    await rm(join(rootimgdir, name), { recursive: true, force: true });
  }
}

/** Blank if the tree has no modules: an archive brings its kernel along. */
async function kernelVersion(root: string, wanted: string): Promise<string> {
  try {
    return (await findKernel(imageTree(root), wanted)).version;
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_IMAGE')) return wanted;
    throw error;
  }
}

function refuseImage(rootimgdir: string): never {
  throw new StateliteError('ERR_STATELITE_IMAGE', `there is an image in ${rootimgdir} already`, {
    hint: 'imgimport -f PROFILE imports beside it; --force makes it the next generation, rollback takes it back',
  });
}
