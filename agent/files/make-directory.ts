import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from '../errors.ts';

/**
 * Makes a directory and those above it, if they are not there, as `mkdir -p`. Node's own `recursive`
 * does not end below /proc, where nothing can be made in a directory that is there.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  if (makeOne(path, mode)) return;
  makeDirectory(dirname(path), mode);
  mkdirOver(path, mode);
}

/** False if the directory above it is missing too. */
function makeOne(path: string, mode: number): boolean {
  try {
    mkdirOver(path, mode);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT') && dirname(path) !== path) return false;
    throw error;
  }
}

/** One that is there is fine, also if another process was quicker; a file is not. */
function mkdirOver(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || !isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
