import { execFile } from 'node:child_process';
import type { Dirent } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { isWithin } from '../../../agent/rules/path.ts';
import { placeOf, refuseSystem } from '../generations/place.ts';
import { removeTree } from '../generations/remove.ts';
import { mountsBelow } from '../liteimg/check-host.ts';

/** The only ones that may be directories: a directory called kernel is somebody else's. */
const trees = /^\.?rootimg(?:\.|$)/u;

/**
 * What genimage, liteimg and packimage make in the directory of an image, in that order: without
 * a kernel nothing boots it any more. What else is there belongs to somebody else.
 */
const ours: readonly RegExp[] = [
  /^kernel(?:\.new)?$/u,
  /^initrd-state(?:lite|less)\.gz(?:\.new)?$/u,
  /^\.?rootimg-statelite\./u,
  trees,
  /^generation\.json$/u,
  /^genimage\.log$/u,
];

/** Where what goes is put first: a half removed image is none. */
const aside = '.statelite.removed';

/**
 * Removes an image's tree, boot and packed files, its other generations and `payload`, what boot
 * loaders fetch of it, and says what went. File systems mounted in the trees are unmounted, lazily;
 * nothing of them is removed. A removal that was killed is completed by the next. The caller has the
 * image's lock. ERR_STATELITE_NOT_FOUND if there is nothing.
 */
export async function removeImage(rootimgdir: string, payload: string): Promise<string[]> {
  const { directory, others } = await placeOf(rootimgdir);
  refuseSystem(directory);
  const removed: string[] = [];
  const names = await namesIn(directory);
  const doomed = ours.flatMap((pattern) =>
    names
      .filter(({ name }) => pattern.test(name))
      .filter((entry) => pattern === trees || !entry.isDirectory())
      .map(({ name }) => name),
  );
  const there = [payload, ...doomed.map((name) => join(directory, name)), others];
  for (const place of [join(directory, aside), `${others}.removed`, `${payload}.removed`]) {
    if (!(await isThere(place))) continue; // of a killed run
    await clear(place);
    removed.push(place);
  }
  for (const place of there) {
    if (!(await isThere(place))) continue;
    await unmountWithin(place);
    await clear(await putAside(place, directory));
    removed.push(place);
  }
  await removeIfEmpty(join(directory, aside));
  if (await removeIfEmpty(directory)) removed.push(directory);
  if (removed.length > 0) return removed;
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no image in ${rootimgdir}`, {
    hint: 'rmdef -t osimage removes a definition that has none',
  });
}

async function putAside(place: string, directory: string): Promise<string> {
  if (dirname(place) !== directory) {
    const to = `${place}.removed`;
    await rename(place, to);
    return to;
  }
  const to = join(directory, aside);
  await mkdir(to, { recursive: true, mode: 0o700 });
  await rename(place, join(to, 'image'));
  return join(to, 'image');
}

async function clear(place: string): Promise<void> {
  await unmountWithin(place);
  await removeTree(place);
}

/** Also what covers another mount at the same point. The deepest goes first. */
async function unmountWithin(place: string): Promise<void> {
  const points = mountsBelow(await readFile('/proc/self/mountinfo', 'latin1'), dirname(place));
  const within = points.filter((point) => isWithin(point, place));
  for (const point of within.toSorted((a, b) => b.length - a.length)) {
    await unmount(point);
  }
  if (within.length > 0) await unmountWithin(place);
}

async function unmount(point: string): Promise<void> {
  try {
    await promisify(execFile)('umount', ['--lazy', '--no-canonicalize', '--', point]);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_COMMAND', `cannot unmount ${point}`, {
      cause,
      hint: 'nothing was removed below it; unmount it, then run rmimage again',
    });
  }
}

async function namesIn(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

async function isThere(place: string): Promise<boolean> {
  try {
    await lstat(place);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

async function removeIfEmpty(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EBUSY')) return false;
    throw error;
  }
}
