import { execFile } from 'node:child_process';
import { closeSync, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StateliteError } from '../../agent/errors.ts';
import { besideNames } from './beside.ts';
import { inSlices, namesIn, removeFile } from './directory.ts';
import type { BootFile } from './layout.ts';
import { linkParts, placeLinks } from './place-links.ts';

/** Of so many files or fewer each is flushed by itself; more are flushed with all of their disk. */
const fewFiles = 32;

type TextFile = Extract<BootFile, { readonly content: string }>;

/**
 * Writes boot files, of which `prepareBootFiles` has made the directories, below `tftpdir`: all beside
 * their places, then to the disk, then all renamed; links last, so that they lead somewhere.
 * Synchronous calls, some at a time, since thousands of promises cost more than the calls.
 */
export async function writeBootFiles(tftpdir: string, files: readonly BootFile[]): Promise<void> {
  const besideOf = besideNames();
  await writeTexts(
    tftpdir,
    files.filter((file) => 'content' in file),
    besideOf,
  );
  const placed = files
    .filter((file) => 'link' in file)
    .map(({ path: below, link: text }) => {
      const path = join(tftpdir, below);
      return { path, text, beside: besideOf(path) };
    });
  for (const part of linkParts(placed)) {
    placeLinks(part);
    await others();
  }
}

/**
 * Removes files below `tftpdir`; what is not there is fine, and a directory stays. Most are not:
 * directories tell at once.
 */
export async function removeBootFiles(tftpdir: string, paths: readonly string[]): Promise<void> {
  for (const [directory, own] of Map.groupBy(paths, (path) => dirname(path))) {
    const names = new Set(namesIn(join(tftpdir, directory)));
    const there = own.filter((path) => names.has(basename(path)));
    await inSlices(there, (path) => removeFile(join(tftpdir, path)));
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

function writeNew(path: string, content: string): void {
  const file = openSync(path, 'wx', 0o644);
  try {
    fchmodSync(file, 0o644); // whatever the umask is
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}

async function flush(paths: readonly string[], tftpdir: string): Promise<void> {
  if (paths.length > fewFiles) return flushAll(tftpdir);
  for (const path of paths) {
    await using file = await open(path);
    await file.sync();
  }
}

async function flushAll(directory: string): Promise<void> {
  try {
    await promisify(execFile)('sync', ['--file-system', directory]);
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `boot files below ${directory} did not get to the disk`,
      { cause, hint: 'dmesg says more about the disk' },
    );
  }
}
