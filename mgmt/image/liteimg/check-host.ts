import { readFile, stat } from 'node:fs/promises';
import { StateliteError } from '../../../agent/errors.ts';
import { isBelow } from '../../../agent/rules/path.ts';

/**
 * Refuses to work on this machine's own root, whatever name it has, and on an image in which other
 * file systems are mounted: somebody works in it, and what they hide would be left out. Throws
 * ERR_STATELITE_IMAGE.
 */
export async function checkHost(root: string): Promise<void> {
  await refuseOwnRoot(root);
  const mounted = mountsBelow(await readFile('/proc/self/mountinfo', 'latin1'), root);
  const [first] = mounted;
  if (first === undefined) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `other file systems are mounted in the image: ${mounted.join(', ')}`,
    { hint: `leave the chroot and unmount them: umount -R ${first}` },
  );
}

/** The mount points below a directory, of a mountinfo file, see proc(5). */
export function mountsBelow(mountinfo: string, directory: string): string[] {
  const points = mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map(unescaped);
  return [...new Set(points.filter((point) => isBelow(point, directory)))];
}

async function refuseOwnRoot(root: string): Promise<void> {
  const [image, own] = await Promise.all([root, '/'].map((path) => stat(path)));
  if (image?.ino !== own?.ino || image?.dev !== own?.dev) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${root} is the root of this machine itself, no image`,
    { hint: 'name the directory of the image in linuximage.rootimgdir' },
  );
}

/** Blanks and the like are octal there, and what is no ASCII is bytes. */
function unescaped(field: string): string {
  const bytes = field.replace(/\\(?<octal>[0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
