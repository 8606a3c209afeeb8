import { open, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { leftBeside } from './beside.ts';
import { makeOpenDirectory } from './directory.ts';
import { namingFaults } from './file-fault.ts';
import { replaceByCopy } from './replace-by-copy.ts';

/** What of an image a boot loader fetches. */
const names = ['kernel', 'initrd-statelite.gz'] as const;

/**
 * Copies kernel and initramfs of an image to `<tftpdir>/xcat/osimage/<image>/`, each replaced by
 * rename, and says which were new. ERR_STATELITE_IMAGE if the image has none, ERR_STATELITE_BOOTFILE
 * if they cannot be written.
 */
export async function publishPayload(
  { name, rootimgdir }: { readonly name: string; readonly rootimgdir: string },
  tftpdir: string,
): Promise<string[]> {
  const directory = join(tftpdir, 'xcat/osimage', name);
  return namingFaults(directory, async () => {
    makeOpenDirectory(directory);
    for (const path of leftBeside(directory, await readdir(directory))) await rm(path);
    return copyChanged(name, rootimgdir, directory);
  });
}

async function copyChanged(image: string, rootimgdir: string, directory: string) {
  const copied: string[] = [];
  for (const file of names) {
    const from = join(rootimgdir, file);
    const to = join(directory, file);
    if (!(await isThere(from))) refuseMissing(image, file, from);
    if (await isSame(from, to)) continue;
    // Both at once would be best, but a loader fetches one after the other anyway.
    await replaceByCopy(from, to);
    copied.push(file);
  }
  return copied;
}

async function isSame(first: string, second: string): Promise<boolean> {
  if (!(await isThere(second))) return false;
  await using a = await open(first);
  await using b = await open(second);
  if ((await a.stat()).size !== (await b.stat()).size) return false;
  const size = 1 << 20;
  const [left, right] = [Buffer.alloc(size), Buffer.alloc(size)];
  for (;;) {
    const { bytesRead } = await a.read(left, 0, size);
    if (bytesRead === 0) return true;
    await b.read(right, 0, bytesRead);
    if (!left.subarray(0, bytesRead).equals(right.subarray(0, bytesRead))) return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

function refuseMissing(image: string, file: string, path: string): never {
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `Did you run "genimage" before running "liteimg"? ${file} cannot be found at ${path} on ${hostname()}`,
    { hint: `genimage ${image}` },
  );
}
