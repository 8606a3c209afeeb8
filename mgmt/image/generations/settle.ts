import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists, isDirectory } from '../genimage/exists.ts';
import { carryOver } from './carry-over.ts';
import { markRoot } from './mark.ts';
import { checkPlace, type GenerationsPlace, placeOf } from './place.ts';
import { type Generation, type Generations, lastPublished, readGenerations } from './read.ts';
import { writeRecord } from './record.ts';
import { removeTree } from './remove.ts';

/**
 * Puts right what a killed command left, and tells what there is; to be called with the image's lock,
 * before anything is changed. An image of before there were generations becomes the first one; where
 * there is no image nothing is made.
 */
export async function settle(
  rootimgdir: string,
): Promise<{ place: GenerationsPlace; generations: Generations }> {
  const place = await placeOf(rootimgdir);
  await checkPlace(place);
  await finishPublishing(place);
  await clearOldNames(place.directory);
  const { current, all, isRecorded, unfinished } = await readGenerations(place);
  for (const directory of unfinished) await removeTree(directory);
  if (current !== undefined && !isRecorded) {
    const { directory, isCurrent: _, ...record } = current;
    await markRoot(directory, record.number);
    await writeRecord(directory, record);
  }
  for (const one of all) if (!one.isCurrent) await settleOne(one, current, place);
  return { place, generations: await readGenerations(place) };
}

/**
 * Without an exchange there is a moment without an image. What was to take its place is the one that
 * was published last: its record was written before.
 */
async function finishPublishing(place: GenerationsPlace): Promise<void> {
  if (await exists(place.directory)) return;
  const { all } = await readGenerations(place);
  const [last] = all.toSorted((a, b) => (lastPublished(a) < lastPublished(b) ? 1 : -1));
  if (last !== undefined) await rename(last.directory, place.directory);
}

/**
 * The time is written before the publishing: what is later than the current one's never came to it.
 * What was finished and never published stays as it is, for gc: the current one may also be a backup
 * that somebody put back, and then nodes run the later one.
 */
async function settleOne(
  one: Generation,
  current: Generation | undefined,
  { others }: GenerationsPlace,
): Promise<void> {
  const latest = current === undefined ? undefined : lastPublished(current);
  const published = one.published.filter((time) => latest === undefined || time <= latest);
  const { directory, isCurrent: _, ...record } = one;
  if (published.length < one.published.length)
    await writeRecord(directory, { ...record, published });
  const named = join(others, String(one.number));
  if (basename(directory) === String(one.number) || (await exists(named))) return;
  if (current !== undefined) await carryOver(directory, current.directory);
  await rename(directory, named);
}

/** What builds made before there were generations, and a root that was moved away by half. */
async function clearOldNames(directory: string): Promise<void> {
  const at = (name: string) => join(directory, name);
  await removeTree(at('rootimg.new'));
  for (const name of ['kernel.new', 'initrd-statelite.gz.new']) await rm(at(name), { force: true });
  if (!(await isDirectory(at('rootimg'))) && (await isDirectory(at('rootimg.old')))) {
    await rename(at('rootimg.old'), at('rootimg'));
  }
}
