import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import type { Image } from './image.ts';

/** Files of the image that follow from its being read-only: /etc/fstab and /xcatpost. */
export async function writeSystemFiles(
  image: Image,
  { postscripts, profile }: { readonly postscripts: string; readonly profile: string },
): Promise<void> {
  await makeRootReadOnly(await chase(image.root, '/etc/fstab'), profile);
  await copyPostscripts(postscripts, await chase(image.root, '/xcatpost'));
}

/** genimage's line for the root says rw; booted from this image it is read-only. */
async function makeRootReadOnly(fstab: string, profile: string): Promise<void> {
  const text = await readOptional(fstab);
  if (text === undefined) return;
  const changed = text
    .split('\n')
    .map((line) =>
      line.startsWith(`${profile}_`) ? line.replace(/(\s)rw(?=[\s,])/u, '$1ro') : line,
    )
    .join('\n');
  if (changed !== text) await replaceFile(fstab, changed);
}

async function copyPostscripts(from: string, to: string): Promise<void> {
  try {
    await stat(from);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  await mkdir(to, { recursive: true });
  await cp(from, to, { recursive: true, preserveTimestamps: true });
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
