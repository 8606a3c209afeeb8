import { readFile } from 'node:fs/promises';
import { hasCode } from '../../agent/errors.ts';
import { osversOf } from '../core/objects/derive.ts';

/** This machine's system in xCAT's words, e.g. debian12; undefined if it does not say. */
export async function machineOsvers(): Promise<string | undefined> {
  try {
    return osversOf(await readFile('/etc/os-release', 'utf8'));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    return undefined;
  }
}
