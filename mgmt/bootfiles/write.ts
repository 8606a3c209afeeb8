import { mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { replaceFile } from '../setup/replace-file.ts';
import { type BootFile, pxelinuxDirectory } from './node-files.ts';

/** Enough to keep a disk busy with fsync, few enough for the limit on open files. */
const atOnce = 32;

/** Writes boot files below `tftpdir`: each beside its place, then renamed. Unchanged ones are left. */
export async function writeBootFiles(tftpdir: string, files: readonly BootFile[]): Promise<void> {
  const directories = new Set(files.map(({ path }) => dirname(path)));
  for (const directory of directories) await mkdir(join(tftpdir, directory), { recursive: true });
  await forEachAtOnce(files, (file) => writeOne(tftpdir, file));
}

/** Removes files below `tftpdir`; what is not there is fine. */
export async function removeBootFiles(tftpdir: string, paths: readonly string[]): Promise<void> {
  await forEachAtOnce(paths, (path) => rm(join(tftpdir, path), { force: true }));
}

/** The links by MAC and address in pxelinux.cfg, by the node they lead to. */
export async function pxelinuxLinks(tftpdir: string): Promise<Map<string, string[]>> {
  const names = await readdir(join(tftpdir, pxelinuxDirectory)).catch(nothingIfMissing);
  const links = new Map<string, string[]>();
  await forEachAtOnce(
    names.filter((name) => /^([0-9A-F]{8}|01(-[0-9a-f]{2}){6})$/.test(name)),
    async (name) => {
      const path = `${pxelinuxDirectory}/${name}`;
      const node = await linkTarget(join(tftpdir, path));
      if (node !== undefined) links.set(node, [...(links.get(node) ?? []), path]);
    },
  );
  return links;
}

/** Runs `work` on all, a limited number at a time. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

async function writeOne(tftpdir: string, file: BootFile): Promise<void> {
  const path = join(tftpdir, file.path);
  if ('link' in file) {
    if ((await linkTarget(path)) === file.link) return;
    const beside = `${path}.new`;
    await rm(beside, { force: true });
    await symlink(file.link, beside);
    await rename(beside, path);
  } else {
    if ((await contentOf(path)) === file.content) return;
    await replaceFile(path, file.content, 0o644);
  }
}

/** Undefined also for a link: a boot file of a node is a file of its own. */
async function contentOf(path: string): Promise<string | undefined> {
  try {
    if ((await linkTarget(path)) !== undefined) return undefined;
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT')) return undefined;
    throw error;
  }
}

function nothingIfMissing(error: unknown): string[] {
  if (hasCode(error, 'ENOENT')) return [];
  throw error;
}
