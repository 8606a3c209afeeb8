import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import type { Unpacked } from './archive-in.ts';
import { belowOf } from './place.ts';
import type { Placed } from './plan-import.ts';

/** Files that lie beside their places, whole. */
export interface StagedFiles {
  /** Renames them into place, what was there to `NAME.ORIG`; all or, if one fails, none. */
  readonly commit: () => Promise<void>;
  /** Takes away what was put there, also after `commit`, and gives back what it replaced. */
  readonly undo: () => Promise<void>;
}

interface Options {
  /** Whether files with other content may be replaced. */
  readonly force: boolean;
  /** The only directories below which anything is written; links on the way count. */
  readonly below: readonly string[];
}

/**
 * Copies files and directories of an unpacked archive beside their places. What is there already and
 * the same is left alone. Throws ERR_STATELITE_IMAGE naming every file that would be replaced, unless
 * it is forced.
 */
export async function stageFiles(
  archive: Unpacked,
  placed: readonly Placed[],
  { force, below }: Options,
): Promise<StagedFiles> {
  const undoing: (() => Promise<void>)[] = [];
  const undo = async () => {
    for (let step = undoing.pop(); step !== undefined; step = undoing.pop()) await step();
  };
  const staged: { readonly beside: string; readonly to: string }[] = [];
  try {
    const wanted = await differing(placed.flatMap((each) => filesOf(archive, each)));
    const inTheWay = wanted.filter(({ isThere }) => isThere).map(({ to }) => to);
    if (inTheWay.length > 0 && !force) refuseReplacing(inTheWay);
    for (const { from, to, type } of wanted) {
      await checkRealPlace(to, below);
      const directory = type === 'directory' ? to : dirname(to);
      undoing.push(await makeDirectories(directory));
      if (type === 'directory') continue;
      const beside = join(directory, `.${basename(to)}.imgimport`);
      undoing.push(() => rm(beside, { force: true }));
      await rm(beside, { force: true });
      await copyBeside(from, beside, type);
      staged.push({ beside, to });
    }
  } catch (error) {
    await undo();
    throw error;
  }
  const commit = async () => {
    try {
      for (const { beside, to } of staged) undoing.push(await putInPlace(beside, to));
    } catch (error) {
      await undo();
      throw error;
    }
  };
  return { commit, undo };
}

type MemberType = 'file' | 'directory' | 'symlink';

interface Source {
  readonly from: string;
  readonly to: string;
  readonly type: MemberType;
}

/** A directory is every member below it. */
function filesOf({ directory, members }: Unpacked, { name, to }: Placed): Source[] {
  const from = join(directory, name);
  const type = members.get(name);
  if (type === undefined) throw new Error(`${name} is not in the archive`);
  const below =
    type !== 'directory' ? [] : [...members].filter(([path]) => path.startsWith(`${name}/`));
  return [
    { from, to, type },
    ...below.map(([path, kind]) => ({
      from: join(directory, path),
      to: join(to, path.slice(name.length + 1)),
      type: kind,
    })),
  ];
}

async function differing(sources: readonly Source[]) {
  const wanted: (Source & { readonly isThere: boolean })[] = [];
  for (const source of sources) {
    const there = await typeOf(source.to);
    if (there === source.type && (await isSame(source))) continue;
    if (there === 'directory' || (there !== undefined && source.type === 'directory')) {
      throw refusal(`${source.to} is a ${there} here, and a ${source.type} in the archive`);
    }
    wanted.push({ ...source, isThere: there !== undefined });
  }
  return wanted;
}

async function isSame({ from, to, type }: Source): Promise<boolean> {
  if (type === 'directory') return true;
  if (type === 'symlink') return (await readlink(from)) === (await readlink(to));
  if ((await lstat(from)).size !== (await lstat(to)).size) return false;
  return (await readFile(from)).equals(await readFile(to));
}

async function typeOf(path: string): Promise<MemberType | 'special file' | undefined> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) return 'directory';
    if (stats.isSymbolicLink()) return 'symlink';
    return stats.isFile() ? 'file' : 'special file';
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Links on the way may lead elsewhere below installdir, but not out of it. */
async function checkRealPlace(to: string, below: readonly string[]): Promise<void> {
  const real = await chase('/', dirname(to));
  for (const directory of below) {
    if (belowOf(await chase('/', directory), real) !== undefined) return;
  }
  throw refusal(`${to} is really in ${real}, which is not below ${below.join(' or ')}`);
}

/** Returns how to take away those that were not there. */
export async function makeDirectories(path: string): Promise<() => Promise<void>> {
  const missing: string[] = [];
  for (let at = path; (await typeOf(at)) === undefined; at = dirname(at)) missing.push(at);
  await mkdir(path, { recursive: true, mode: 0o755 });
  return () => removeEmpty(missing);
}

/** Directories that are empty, the innermost first; others stay. */
export async function removeEmpty(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    try {
      await rmdir(directory);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY')) throw error;
    }
  }
}

async function copyBeside(from: string, beside: string, type: MemberType): Promise<void> {
  if (type === 'symlink') return symlink(await readlink(from), beside);
  await copyFile(from, beside, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await using file = await open(beside);
  await file.sync();
}

async function putInPlace(beside: string, to: string): Promise<() => Promise<void>> {
  const kept = `${to}.ORIG`;
  const isThere = (await typeOf(to)) !== undefined;
  if (isThere) await rename(to, kept);
  try {
    await rename(beside, to);
  } catch (error) {
    if (isThere) await rename(kept, to);
    throw error;
  }
  return async () => (isThere ? rename(kept, to) : rm(to, { force: true }));
}

function refuseReplacing(paths: readonly string[]): never {
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `there is another ${paths.join(', another ')} already`,
    { hint: 'imgimport --force replaces such files and keeps the old ones as NAME.ORIG' },
  );
}

function refusal(why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', why, { hint: 'nothing was changed' });
}
