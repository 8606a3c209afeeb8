import { chmodSync, lstatSync, mkdirSync, readdirSync, readlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { hasCode } from '../../agent/errors.ts';

/** So many at a time without letting anything else run: a look or a change takes some 20 µs. */
const slice = 64;

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
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return [];
    throw error;
  }
}

/**
 * Makes a directory, and those above it. What is made is open to others, whatever the umask: dnsmasq
 * reads as nobody.
 */
export function makeOpenDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true });
  if (first === undefined) return;
  for (let at = directory; at.length >= first.length; at = dirname(at)) chmodSync(at, 0o755);
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

export function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** One call, where rmSync looks first. A directory is nobody's boot file: it stays. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EISDIR')) return;
    if (hasCode(error, 'EPERM') && isDirectory(path)) return; // as POSIX has it
    throw error;
  }
}
