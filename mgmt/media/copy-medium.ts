import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { exists } from '../image/genimage/exists.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import { fingerprintFile, fingerprintOf, readFingerprints } from './fingerprint.ts';
import type { Medium } from './medium.ts';
import { bytesOfMembers, type Member } from './member.ts';
import { mergeTree } from './merge-tree.ts';
import {
  abandonWork,
  checkSpace,
  clearWork,
  type Exchange,
  noSpace,
  type Place,
  placeAt,
  publish,
} from './place.ts';

/** A medium and where it goes below the copy's top; '' is the top itself. */
export interface Disc {
  readonly medium: Medium;
  readonly directory: string;
  readonly number: number;
}

/** What a copy needs from outside. */
export interface CopyDeps {
  readonly signal: AbortSignal;
  readonly exchange: Exchange;
  /** Bytes so far. */
  readonly onProgress: (done: number) => void;
}

const full = ['ENOSPC', 'EDQUOT'] as const;

/**
 * Copies media of one distribution to `path`, and merges them with the copy that is there. Others see
 * the old copy until the new one is whole and on the disk. Of two files of one name at the top that of
 * the lower disc stays: there repository and boot files are. ERR_STATELITE_IMAGE if it does not fit, a
 * medium is damaged or somebody else is at it; the old copy is then as it was.
 */
export async function copyMedia(
  path: string,
  discs: readonly Disc[],
  deps: CopyDeps,
): Promise<void> {
  const place = await placeAt(path);
  await withImageLock(place.tree, async () => {
    await clearWork(place);
    try {
      await makeNext(place, discs, deps);
      await publish(place, deps.exchange);
    } catch (error) {
      await abandonWork(place);
      if (hasCode(error, ...full)) throw noSpace(place.tree, 'the disk is full', error);
      throw error;
    }
  });
}

async function makeNext(place: Place, discs: readonly Disc[], deps: CopyDeps): Promise<void> {
  const all = discs.reduce((sum, { medium }) => sum + bytesOfMembers(medium.members), 0);
  const { signal } = deps;
  await checkSpace(place, all);
  await mkdir(place.next, { recursive: true });
  let done = 0;
  const onBytes = (bytes: number) => deps.onProgress((done += bytes));
  for (const disc of discs.toSorted((one, other) => one.number - other.number)) {
    await mkdir(place.disc);
    await copyDisc(disc.medium, place.disc, { signal, onBytes });
    const to = join(place.next, disc.directory);
    await mkdir(to, { recursive: true });
    await mergeTree(place.disc, to, { how: 'move', keep: 'here', except: [], signal });
    await rm(place.disc, { recursive: true });
  }
  const known = await readFingerprints(place.tree);
  if (await exists(place.tree)) {
    const onlyFurther = discs.every(({ directory, number }) => directory === '' && number > 1);
    const keep = onlyFurther ? 'coming' : 'here';
    await mergeTree(place.tree, place.next, {
      how: 'link',
      keep,
      except: [fingerprintFile],
      signal,
    });
  } else await chmod(place.next, 0o755);
  const lines = [...known, ...discs.map(({ medium }) => fingerprintOf(medium.members))];
  await writeFile(join(place.next, fingerprintFile), `${[...new Set(lines)].join('\n')}\n`);
  await promisify(execFile)('sync', ['--file-system', place.next], { signal });
}

/** Copies a medium and looks whether all of it arrived. */
async function copyDisc(
  medium: Medium,
  directory: string,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<void> {
  const sizes = new Map(
    medium.members.map((member) => [member.path, member.kind === 'file' ? member.bytes : 0]),
  );
  try {
    await medium.copyTo(directory, { signal, onName: (path) => onBytes(sizes.get(path) ?? 0) });
  } catch (cause) {
    signal.throwIfAborted();
    if (hasCode(cause, ...full)) throw cause;
    throw new StateliteError('ERR_STATELITE_IMAGE', `Media copy operation failed: ${medium.path}`, {
      hint: 'is the medium damaged? compare its checksum',
      cause,
    });
  }
  for (const member of medium.members) {
    await settle(medium, member, join(directory, member.path));
  }
}

/**
 * Web and NFS servers must be able to read what an ISO may keep to root. Sizes are compared: a
 * program that ends well may have left something out.
 */
async function settle(medium: Medium, member: Member, path: string): Promise<void> {
  const stats = await lstat(path);
  if (member.kind === 'link') return;
  if (member.kind === 'file' && stats.size !== member.bytes) {
    const sizes = `${stats.size} of ${member.bytes} bytes`;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `Media copy operation failed: ${medium.path}: ${member.path} has ${sizes}`,
      { hint: 'is the medium damaged, or did it change meanwhile?' },
    );
  }
  const isExecutable = stats.isDirectory() || (stats.mode & 0o111) !== 0;
  const mode = isExecutable ? 0o755 : 0o644;
  if ((stats.mode & 0o7777) !== mode) await chmod(path, mode);
}
