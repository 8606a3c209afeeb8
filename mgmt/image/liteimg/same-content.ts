import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../../agent/errors.ts';

/** Whether two objects hold the same: bytes of files, targets of links, names of directories. */
export async function sameContent(a: string, b: string): Promise<boolean> {
  const [one, other] = [await statusOf(a), await statusOf(b)];
  if (one === undefined || other === undefined) return one === other;
  if (one.isDirectory() && other.isDirectory()) return sameNames(a, b);
  if (one.isSymbolicLink() && other.isSymbolicLink())
    return (await readlink(a)) === (await readlink(b));
  if (!one.isFile() || !other.isFile()) return one.mode === other.mode && one.rdev === other.rdev;
  return one.size === other.size && (await readFile(a)).equals(await readFile(b));
}

async function sameNames(a: string, b: string): Promise<boolean> {
  const [names, others] = [(await readdir(a)).toSorted(), (await readdir(b)).toSorted()];
  if (names.join('\n') !== others.join('\n')) return false;
  for (const name of names) if (!(await sameContent(join(a, name), join(b, name)))) return false;
  return true;
}

async function statusOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
