import { readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../errors.ts';
import type { Native } from '../native/load.ts';
import { bytesOf } from './bytes.ts';

/** As in the kernel (MAXSYMLINKS). */
const mostLinks = 40;

/** A path inside a root. */
export interface Place {
  readonly root: string;
  readonly path: string;
}

/** `chase` of several, their last parts followed too; most have no link on the way. */
export async function chaseAll(
  calls: Pick<Native, 'straight'>,
  places: readonly Place[],
): Promise<string[]> {
  if (places.length === 0) return [];
  const written = places.map(({ root, path }) => (path === '/' ? root : root + path));
  const answer = await calls.straight(bytesOf(written.join('\0')));
  return Promise.all(
    places.map(async ({ root, path }, index) =>
      answer[index] === '1' ? (written[index] ?? root) : chase(root, path),
    ),
  );
}

/**
 * Resolves `path` as if `root` were `/`, like systemd's chase(): an absolute symlink in the
 * image points into the image, and `..` cannot leave it. The last part need not exist; with
 * `last: 'as it is'` a link there is not followed.
 */
export async function chase(
  root: string,
  path: string,
  last: 'followed' | 'as it is' = 'followed',
): Promise<string> {
  const pending = parts(path);
  const straight = join(root, ...pending);
  if (!pending.includes('..') && (await leadsStraight(straight))) return straight;
  let at = root;
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '..') {
      at = at === root ? root : dirname(at);
      continue;
    }
    const next = join(at, name);
    const target = pending.length === 0 && last === 'as it is' ? undefined : await linkTarget(next);
    if (target === undefined) {
      at = next;
      continue;
    }
    if (++links > mostLinks) {
      const message = `ELOOP: too many symbolic links in ${path} below ${root}`;
      throw Object.assign(new Error(message), { code: 'ELOOP', syscall: 'readlink', path: next });
    }
    if (target.startsWith('/')) at = root;
    pending.unshift(...parts(target));
  }
  return at;
}

function parts(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT', 'ENOTDIR')) return undefined; // no link, or not there yet
    throw error;
  }
}

/** Whether no link is on the way: one question to the kernel instead of one per directory. */
async function leadsStraight(path: string): Promise<boolean> {
  try {
    return (await realpath(path)) === path;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return false;
    throw error;
  }
}
