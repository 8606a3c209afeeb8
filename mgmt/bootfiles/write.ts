import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../../agent/errors.ts';
import type { BootFile } from './layout.ts';

/** Of so many files or fewer each is flushed by itself; more are flushed with all of their disk. */
const fewFiles = 32;

/** So many at a time without letting anything else run: a look or a change takes some 20 µs. */
const slice = 64;

let writes = 0;

/**
 * Writes boot files below `tftpdir`: all beside their places, then to the disk, then all renamed.
 * Unchanged ones are left. Synchronous calls, some at a time, since thousands of promises cost more
 * than the calls.
 */
export async function writeBootFiles(tftpdir: string, files: readonly BootFile[]): Promise<void> {
  for (const path of new Set(files.map((file) => dirname(file.path)))) {
    mkdirSync(join(tftpdir, path), { recursive: true });
  }
  const changed: BootFile[] = [];
  await inSlices(files, (file) => {
    if (!isAsWanted(join(tftpdir, file.path), file)) changed.push(file);
  });
  const end = `.${process.pid}-${(writes += 1)}.new`;
  const beside = ({ path }: BootFile) => `${join(tftpdir, path)}${end}`;
  try {
    await inSlices(changed, (file) => writeBeside(beside(file), file));
    await flush(changed.filter((file) => 'content' in file).map(beside), tftpdir);
    await inSlices(changed, (file) => renameSync(beside(file), join(tftpdir, file.path)));
  } catch (error) {
    for (const file of changed) rmSync(beside(file), { force: true });
    throw error;
  }
}

/** Removes files below `tftpdir`; what is not there is fine. Most are not: directories tell at once. */
export async function removeBootFiles(tftpdir: string, paths: readonly string[]): Promise<void> {
  for (const [directory, own] of Map.groupBy(paths, (path) => dirname(path))) {
    const names = new Set(namesIn(join(tftpdir, directory)));
    const there = own.filter((path) => names.has(basename(path)));
    await inSlices(there, (path) => rmSync(join(tftpdir, path), { force: true }));
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

function isAsWanted(path: string, file: BootFile): boolean {
  const target = linkTarget(path);
  if ('link' in file) return target === file.link;
  // A boot file of a node is a file of its own.
  return target === undefined && contentOf(path) === file.content;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function writeBeside(path: string, file: BootFile): void {
  if ('link' in file) symlinkSync(file.link, path);
  else {
    writeFileSync(path, file.content, { flag: 'wx' });
    chmodSync(path, 0o644); // whatever the umask is
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
