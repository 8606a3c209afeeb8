import { readFile } from 'node:fs/promises';
import { hasCode } from '../../agent/errors.ts';
import { certificatePaths } from '../setup/certificates.ts';
import type { Context } from './context.ts';

/** The CA of this management node, PEM; undefined before `statelite setup` made it. */
export async function readAuthority({
  settings,
}: Pick<Context, 'settings'>): Promise<string | undefined> {
  try {
    return await readFile(certificatePaths(settings.etc).ca, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
