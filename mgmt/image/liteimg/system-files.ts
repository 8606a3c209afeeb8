import { open, readFile, realpath, rename } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import { bytesOf } from '../../../agent/files/bytes.ts';
import { copyAttributes, startCopy } from '../../../agent/files/copy.ts';
import { mustFollow, type Image, statusOf } from './image.ts';
import { emptyWorkplace, makeDirectories } from './make.ts';
import { mirror } from './mirror.ts';

/** Files of the image that mustFollow from its being read-only: /etc/fstab and /xcatpost. */
export async function writeSystemFiles(
  image: Image,
  { postscripts, profile }: { readonly postscripts: string; readonly profile: string },
): Promise<void> {
  await makeRootReadOnly(image, await mustFollow(image.root, '/etc/fstab'), profile);
  await copyPostscripts(image, postscripts, await mustFollow(image.root, '/xcatpost'));
}

/** xCAT's genimage writes a line for the root that says rw; booted from this image it is read-only. */
async function makeRootReadOnly(image: Image, fstab: string, profile: string): Promise<void> {
  if ((await statusOf(fstab))?.isFile() !== true) return;
  const text = await readFile(fstab, 'latin1');
  const changed = text
    .split('\n')
    .map((line) =>
      line.startsWith(`${profile}_`) ? line.replace(/(?<=[\s,])rw(?=[\s,]|$)/u, 'ro') : line,
    )
    .join('\n');
  if (changed === text) return;
  const place = await emptyWorkplace(image.root);
  {
    await using handle = await open(place, 'wx');
    await copyAttributes(startCopy(image.calls), bytesOf(fstab), bytesOf(place));
    await handle.writeFile(changed, 'latin1');
    await handle.sync();
  }
  await rename(place, fstab);
}

/** What the image has there besides stays. */
async function copyPostscripts({ root, calls }: Image, from: string, to: string): Promise<void> {
  await makeDirectories(root, to.slice(root.length));
  try {
    await mirror(calls, { from: await realpath(from), to, others: 'stay' });
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || (await statusOf(from)) !== undefined) throw error;
  }
}
