import { posix } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';

/** One object of a medium; its path is relative to the medium's top and has no `..`. */
export type Member =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/**
 * Refuses what a copy must not have (ERR_STATELITE_PATH): names that lead out of it or that nobody
 * could type, two objects of one name, something below a link, links that lead out. What is left can
 * be made below any directory, and nothing that follows its links leaves it.
 */
export function checkMembers(medium: string, members: readonly Member[]): void {
  const kinds = new Map<string, Member['kind']>();
  for (const { path, kind } of members) {
    const problem = nameProblem(path) ?? (kinds.has(path) ? 'is there twice' : undefined);
    if (problem !== undefined) throw hostile(medium, path, problem);
    kinds.set(path, kind);
  }
  for (const member of members) {
    const above = posix.dirname(member.path);
    if (above !== '.' && kinds.get(above) !== 'directory') {
      throw hostile(medium, member.path, 'is below something that is no directory');
    }
    if (member.kind === 'link' && !staysInside(member.path, member.target)) {
      throw hostile(medium, member.path, `is a link that leads out of it, to ${member.target}`);
    }
  }
}

/** The bytes that a copy takes. */
export function bytesOfMembers(members: readonly Member[]): number {
  return members.reduce((sum, member) => sum + (member.kind === 'file' ? member.bytes : 0), 0);
}

function nameProblem(path: string): string | undefined {
  if (path.startsWith('/')) return 'has an absolute name';
  const parts = path.split('/');
  if (parts.includes('..')) return 'has a name with ..';
  if (parts.includes('.') || parts.includes('')) return 'has a name with an empty part';
  // oxlint-disable-next-line no-control-regex -- what no name should have
  return /[\u0000-\u001F\u007F\\\uFFFD]/u.test(path) ? 'has a name with odd characters' : undefined;
}

/**
 * Every `..` must come first: there it means the directory that it is read in, while after a name it
 * means wherever that name leads.
 */
function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const climbs = up === -1 ? parts.length : up;
  return climbs <= path.split('/').length - 1 && !parts.slice(climbs).includes('..');
}

function hostile(medium: string, path: string, problem: string): StateliteError {
  return new StateliteError('ERR_STATELITE_PATH', `${medium}: ${JSON.stringify(path)} ${problem}`, {
    hint: 'nothing was copied; is it a medium of a distribution?',
  });
}
