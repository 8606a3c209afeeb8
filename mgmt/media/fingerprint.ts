import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import type { Member } from './member.ts';

/** In the top directory of a copy: a line for each medium that is in it. */
export const fingerprintFile = '.fingerprint';

/**
 * What `-w` knows a medium by: names and sizes of all that it holds. xCAT takes names only, which a
 * corrected release of a medium may share.
 */
export function fingerprintOf(members: readonly Member[]): string {
  const lines = members.map((member) => {
    if (member.kind === 'file') return `${member.path}\0${member.bytes}`;
    return `${member.path}\0${member.kind}`;
  });
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}

/** The media that a copy was made of; none if there is no copy. */
export async function readFingerprints(tree: string): Promise<string[]> {
  try {
    const text = await readFile(join(tree, fingerprintFile), 'utf8');
    return text.split(/[\s,]+/u).filter((word) => word !== '');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
