import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from '../../agent/errors.ts';
import type { Settings } from '../config.ts';
import { normalAddress } from '../daemon/address-book.ts';

const execute = promisify(execFile);

/** How long a program of this machine may take, in milliseconds. */
const programTime = 5000;

/** The machine that is looked at, this one. */
export interface Machine {
  readonly settings: Settings;
  readonly now: Date;
  /** What /etc, /proc, /sys and /var are below; `/` but in tests. */
  readonly root: string;
}

/** A text of the machine; undefined if there is no such file. */
export async function readText(
  { root }: Pick<Machine, 'root'>,
  path: string,
): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), 'utf8');
  } catch (error) {
    // ESRCH: a process that ended meanwhile.
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ESRCH')) return undefined;
    throw error;
  }
}

/** What a program of this machine prints; undefined if it is not there, or fails. */
export async function outputOf(program: string, args: readonly string[]) {
  try {
    return (await execute(program, args, { timeout: programTime, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    if (error instanceof Error && ('code' in error || 'killed' in error)) return undefined;
    throw error;
  }
}

/** Whether an address is one of this machine's own. */
export function isOwn(address: string): boolean {
  const plain = normalAddress(address.replace(/^\[(.*)\]$/u, '$1'));
  if (plain === undefined) return false;
  if (plain.startsWith('127.') || plain === '::1') return true;
  const all = Object.values(networkInterfaces()).flatMap((own) => own ?? []);
  return all.some((own) => normalAddress(own.address) === plain);
}
