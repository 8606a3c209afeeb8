import { execFile } from 'node:child_process';
import {
  closeSync,
  constants,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../../agent/errors.ts';
import { besideNames, leftBeside } from './beside.ts';
import type { BootFile } from './layout.ts';
import { linkParts, placeLinks } from './place-links.ts';

/** Of so many files or fewer each is flushed by itself; more are flushed with all of their disk. */
const fewFiles = 32;

/** So many at a time without letting anything else run: a look or a change takes some 20 µs. */
const slice = 64;

type TextFile = Extract<BootFile, { readonly content: string }>;
type LinkFile = Extract<BootFile, { readonly link: string }>;

/**
 * Writes boot files below `tftpdir`: all beside their places, then to the disk, then all renamed;
 * links last, so that they lead somewhere. Unchanged ones are left. Synchronous calls, some at a
 * time, since thousands of promises cost more than the calls.
 */
export async function writeBootFiles(tftpdir: string, files: readonly BootFile[]): Promise<void> {
  const texts: TextFile[] = [];
  const links: LinkFile[] = [];
  for (const [below, own] of Map.groupBy(files, ({ path }) => dirname(path))) {
    const directory = join(tftpdir, below);
    const names = new Set(namesIn(directory));
    if (names.size === 0) mkdirSync(directory, { recursive: true });
    for (const path of leftBeside(directory, names)) removeFile(path);
    await inSlices(own, (file) => {
      const isThere = names.has(basename(file.path)); // an error for each that is not takes long
      if (isThere && isAsWanted(join(tftpdir, file.path), file)) return;
      if ('link' in file) links.push(file);
      else texts.push(file);
    });
  }
  const besideOf = besideNames();
  await writeTexts(tftpdir, texts, besideOf);
  const placed = links.map(({ path: below, link: text }) => {
    const path = join(tftpdir, below);
    return { path, text, beside: besideOf(path) };
  });
  for (const part of linkParts(placed)) {
    placeLinks(part);
    await others();
  }
}

/** Removes files below `tftpdir`; what is not there is fine. Most are not: directories tell at once. */
export async function removeBootFiles(tftpdir: string, paths: readonly string[]): Promise<void> {
  for (const [directory, own] of Map.groupBy(paths, (path) => dirname(path))) {
    const names = new Set(namesIn(join(tftpdir, directory)));
    const there = own.filter((path) => names.has(basename(path)));
    await inSlices(there, (path) => removeFile(join(tftpdir, path)));
  }
}

/** Synchronous work on all of them, with pauses: a daemon has others to answer. */
export async function inSlices<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  for (let at = 0; at < items.length; at += slice) {
    for (const item of items.slice(at, at + slice)) work(item);
    if (at + slice < items.length) await others();
  }
}

/** Names in a directory; none if there is no such directory. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** What a symlink says; undefined for anything else. */
export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT')) return undefined;
    throw error;
  }
}

async function writeTexts(
  tftpdir: string,
  files: readonly TextFile[],
  besideOf: (path: string) => string,
): Promise<void> {
  const placed = files.map(({ path: below, content }) => {
    const path = join(tftpdir, below);
    return { path, content, beside: besideOf(path) };
  });
  try {
    await inSlices(placed, ({ beside, content }) => writeNew(beside, content));
    await flush(
      placed.map(({ beside }) => beside),
      tftpdir,
    );
    await inSlices(placed, ({ beside, path }) => renameSync(beside, path));
  } catch (error) {
    for (const { beside } of placed) rmSync(beside, { force: true });
    throw error;
  }
}

function isAsWanted(path: string, file: BootFile): boolean {
  if ('link' in file) return linkTarget(path) === file.link;
  return textOf(path) === file.content;
}

/** A boot file of a node is a file of its own: undefined for a symlink. */
function textOf(path: string): string | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (hasCode(error, 'ELOOP', 'ENOENT')) return undefined;
    throw error;
  }
}

function writeNew(path: string, content: string): void {
  const file = openSync(path, 'wx', 0o644);
  try {
    fchmodSync(file, 0o644); // whatever the umask is
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}

/** One call, where rmSync looks first. */
function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

async function flush(paths: readonly string[], tftpdir: string): Promise<void> {
  if (paths.length > fewFiles) {
    await promisify(execFile)('sync', ['--file-system', tftpdir]);
    return;
  }
  for (const path of paths) {
    await using file = await open(path);
    await file.sync();
  }
}
