import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { flush } from '../../../agent/files/beside.ts';
import { bytesOf, checked } from '../../../agent/files/bytes.ts';
import type { Native } from '../../../agent/native/load.ts';
import { exists } from '../genimage/exists.ts';
import { carryOver } from './carry-over.ts';
import { markRoot } from './mark.ts';
import type { GenerationsPlace } from './place.ts';
import { type Generation, type Generations, hasImage, lastPublished, timeAfter } from './read.ts';
import { type GenerationRecord, writeRecord } from './record.ts';
import { removeTree } from './remove.ts';

/** The system call that makes a generation current. */
export type ExchangeCalls = Pick<Native, 'exchange'>;

/**
 * Makes the generation in a directory beside the image the image, with one rename: whoever looks sees
 * the old one or the new one, whole, and it is on the disk. Nodes that have the old root mounted keep
 * it, for a handle of NFS is of the directory and not of its name. The old one gets its number as name.
 */
export async function publish(
  directory: string,
  record: GenerationRecord,
  {
    place,
    generations,
    calls,
  }: {
    readonly place: GenerationsPlace;
    readonly generations: Generations;
    readonly calls: ExchangeCalls;
  },
): Promise<void> {
  await markRoot(directory, record.number);
  await promisify(execFile)('sync', ['--file-system', directory]);
  const { current } = generations;
  const time = timeAfter(current === undefined ? '' : lastPublished(current));
  const published = [...record.published, time];
  await writeRecord(directory, { ...record, published });
  if (await exists(place.directory)) {
    await takePlace(directory, place, generations, calls);
    await putAway(directory, place, current);
  } else {
    await rename(directory, place.directory);
  }
  for (const one of [dirname(place.directory), place.others]) await flush(bytesOf(one));
}

async function takePlace(
  directory: string,
  place: GenerationsPlace,
  { current }: Generations,
  calls: ExchangeCalls,
): Promise<void> {
  const result = await calls.exchange(bytesOf(directory), bytesOf(place.directory));
  try {
    checked(result, `${directory} and ${place.directory} cannot change places`);
  } catch (cause) {
    if (!hasCode(cause, 'EINVAL', 'ENOSYS', 'ENOTSUP')) throw refused(place, cause);
    // NFS for one has no exchange. `settle` ends what is killed between the two.
    const aside = join(place.others, current === undefined ? 'before' : String(current.number));
    await rename(place.directory, aside);
    await rename(directory, place.directory);
  }
}

/** What was the image lies now where the new one was. */
async function putAway(
  directory: string,
  { directory: image, others }: GenerationsPlace,
  old: Generation | undefined,
): Promise<void> {
  const place = (await exists(directory))
    ? directory
    : join(others, String(old?.number ?? 'before'));
  await carryOver(place, image);
  if (old === undefined || !(await hasImage(place))) return removeTree(place);
  const named = join(others, String(old.number));
  if (basename(place) !== String(old.number)) await rename(place, named);
}

function refused(place: GenerationsPlace, cause: unknown): StateliteError {
  const hint = hasCode(cause, 'EBUSY')
    ? `something is mounted on ${place.directory}: unmount it`
    : 'the image is as it was';
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `the new generation cannot take the place of ${place.directory}`,
    { cause, hint },
  );
}
