import { chmod, chown, lstat, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../../../agent/errors.ts';
import { readIfThere } from '../../../agent/files/if-there.ts';
import { chase } from '../../../agent/files/chase.ts';

/**
 * An image tree whose files are reached by path. Every path is resolved inside it (semantics.md 4.5):
 * whatever links it holds, nothing outside it is read or written.
 */
export interface ImageTree {
  readonly root: string;
  /** Where a path of the image is on this machine; links followed inside the image, also the last. */
  at(path: string): Promise<string>;
  exists(path: string): Promise<boolean>;
  read(path: string): Promise<string | undefined>;
  /** Replaces a file and makes its directory; without `mode` an existing file keeps its own. */
  write(path: string, content: string, mode?: number): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  /** Puts a symlink at a path, in place of what is there unless that is a directory. */
  link(path: string, target: string): Promise<void>;
  /** Removes the object at the path, a link itself and not what it leads to; nothing there is fine. */
  remove(path: string): Promise<void>;
}

/** The tree at `root`, an absolute path without links. */
export function imageTree(root: string): ImageTree {
  const at = (path: string) => chase(root, path);
  const place = (path: string) => chase(root, path, 'as it is');
  const makeDirectory = async (path: string) => {
    await mkdir(await at(path), { recursive: true });
  };
  return {
    root,
    at,
    exists: async (path) => (await status(await at(path))) !== undefined,
    read: async (path) => readIfThere(await at(path), 'ENOTDIR'),
    async write(path, content, mode) {
      await makeDirectory(dirname(path));
      await replaceFile(await at(path), content, mode);
    },
    makeDirectory,
    async link(path, target) {
      await makeDirectory(dirname(path));
      const to = await place(path);
      const beside = `${to}.genimage`;
      await rm(beside, { force: true });
      await symlink(target, beside);
      await rename(beside, to);
    },
    remove: async (path) => rm(await place(path), { recursive: true, force: true }),
  };
}

/** Not flushed: the tree is, as a whole, before it becomes the image. */
async function replaceFile(path: string, content: string, mode: number | undefined): Promise<void> {
  const before = await status(path);
  const beside = `${path}.genimage`;
  await rm(beside, { force: true });
  await writeFile(beside, content, { flag: 'wx', mode: 0o600 });
  await chown(beside, before?.uid ?? 0, before?.gid ?? 0);
  await chmod(beside, mode ?? (before === undefined ? 0o644 : before.mode & 0o7777));
  await rename(beside, path);
}

async function status(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
