import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { exists } from '../genimage/exists.ts';
import type { GenerationsPlace } from './place.ts';
import { type GenerationRecord, readRecord } from './record.ts';

/** A whole image with a number. */
export interface Generation extends GenerationRecord {
  readonly directory: string;
  readonly isCurrent: boolean;
}

export interface Generations {
  /** All, by number. */
  readonly all: readonly Generation[];
  readonly current: Generation | undefined;
  /** Whether the current one has its number on record; an image of before generations has not. */
  readonly isRecorded: boolean;
  /** Directories of builds that were killed. */
  readonly unfinished: readonly string[];
}

/** What is on the disk. ERR_STATELITE_IMAGE if two directories claim one number. */
export async function readGenerations({
  directory,
  others,
}: GenerationsPlace): Promise<Generations> {
  const found: Generation[] = [];
  const unfinished: string[] = [];
  for (const name of await directoriesIn(others)) {
    const place = join(others, name);
    const record = await readRecord(place);
    if (record === undefined) unfinished.push(place);
    else found.push({ ...record, directory: place, isCurrent: false });
  }
  const record = await readRecord(directory);
  const first = record ?? (await unrecorded(directory, found));
  const current =
    first === undefined ? undefined : { ...first, directory, isCurrent: true as const };
  const all = [...found, ...(current === undefined ? [] : [current])];
  refuseTwins(all);
  return {
    all: all.toSorted((a, b) => a.number - b.number),
    current,
    isRecorded: record !== undefined,
    unfinished,
  };
}

export function lastPublished({ published }: Pick<Generation, 'published'>): string {
  return published.at(-1) ?? '';
}

/** A time that is later, but not by more than it must be: a clock may have been set back. */
export function timeAfter(time: string): string {
  const now = new Date().toISOString();
  return now > time ? now : new Date(Date.parse(time) + 1).toISOString();
}

/** One that no generation has; what gc removed may have had it, for nobody runs that. */
export function nextNumber({ all }: Generations): number {
  return 1 + Math.max(0, ...all.map(({ number }) => number));
}

/** ERR_STATELITE_IMAGE if there is no image. */
export function mustHaveCurrent(generations: Generations, place: GenerationsPlace): Generation {
  if (generations.current !== undefined) return generations.current;
  throw new StateliteError('ERR_STATELITE_IMAGE', `there is no image in ${place.directory}`, {
    hint: 'build it with genimage first',
  });
}

/** ERR_STATELITE_NOT_FOUND names the numbers there are. */
export function generationOf({ all }: Generations, number: number): Generation {
  const found = all.find((one) => one.number === number);
  if (found !== undefined) return found;
  const numbers = all.map((one) => one.number).join(', ');
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no generation ${number}`, {
    hint: numbers === '' ? 'build the image with genimage first' : `there are ${numbers}`,
  });
}

/** An image that was made before there were generations becomes the first, or the next. */
async function unrecorded(
  directory: string,
  others: readonly Generation[],
): Promise<GenerationRecord | undefined> {
  if (!(await hasImage(directory))) return undefined;
  const number = 1 + Math.max(0, ...others.map((one) => one.number));
  const made = (await stat(directory)).mtime.toISOString();
  // One that was put back from a backup is older than those that were the image before it.
  const earlier = others.map(lastPublished).toSorted().at(-1);
  const published = earlier === undefined || earlier < made ? made : timeAfter(earlier);
  return { version: 1, number, made, by: '', kernel: '', published: [published] };
}

/** Whether there is a root, or a root that is packed. */
export async function hasImage(directory: string): Promise<boolean> {
  for (const name of ['rootimg', 'kernel']) if (await exists(join(directory, name))) return true;
  return false;
}

async function directoriesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function refuseTwins(all: readonly Generation[]): void {
  for (const [number, twins] of Map.groupBy(all, (one) => one.number)) {
    const [first, second] = twins;
    if (first === undefined || second === undefined) continue;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `${first.directory} and ${second.directory} are both generation ${number}`,
      { hint: 'one is a copy: move it elsewhere' },
    );
  }
}
