import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import { type Bytes, fsPath } from '../../../agent/files/bytes.ts';

/** The names in a directory, whatever bytes they hold. */
export async function namesIn(directory: Bytes): Promise<Bytes[]> {
  const names = await readdir(fsPath(directory), { encoding: 'buffer' });
  return names.map((name) => name.toString('latin1'));
}

/** lstat, or undefined if there is nothing. */
export async function statusOf(path: Bytes): Promise<BigIntStats | undefined> {
  try {
    return await lstat(fsPath(path), { bigint: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
