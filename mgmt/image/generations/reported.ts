import { lastBoot, type ReportReader, type StoredReport } from '../../reports/read.ts';
import { type Generation, lastPublished } from './read.ts';

/** The generations that nodes run by their last reports: the nodes' names, by number. */
export type Reported = ReadonlyMap<number, readonly string[]>;

/**
 * Reads what every node reported last, of all osimages whose root is this one. A report without an
 * image, of a boot that failed early, says nothing: then the one before counts.
 */
export async function readReported(
  reader: Pick<ReportReader, 'nodes' | 'ids' | 'read'>,
  images: ReadonlySet<string>,
  generations: readonly Generation[],
): Promise<Reported> {
  const reported = new Map<number, string[]>();
  for (const node of await reader.nodes()) {
    const last = await lastBoot(reader, node);
    if (last === undefined || !images.has(last.report.image)) continue;
    for (const number of runningBy(last, generations)) {
      reported.set(number, [...(reported.get(number) ?? []), node]);
    }
  }
  return reported;
}

/**
 * The number in the report. A node that sends none runs what was current when it booted; where a
 * generation was published in the middle of its boot, that may be either.
 */
export function runningBy(
  { time, report }: Pick<StoredReport, 'time' | 'report'>,
  generations: readonly Generation[],
): number[] {
  if (report.generation !== undefined) return [report.generation];
  const from = new Date(Date.parse(time) - report.took).toISOString();
  return currentBetween(generations, from, time);
}

/**
 * What was current at some moment from one time to another. Before all that is known, that is the
 * oldest there is: an image has its number since the first command that knew generations.
 */
export function currentBetween(
  generations: readonly Generation[],
  from: string,
  to: string,
): number[] {
  const history = generations
    .flatMap(({ number, published }) => published.map((at) => ({ number, at })))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const [first] = history;
  if (first === undefined) return [];
  const before = history.findLast(({ at }) => at <= from) ?? first;
  const during = history.filter(({ at }) => at > from && at <= to);
  return [...new Set([before, ...during].map(({ number }) => number))];
}

/** Newest first, by when they were the image. */
export function byPublication(generations: readonly Generation[]): Generation[] {
  return generations.toSorted((a, b) => (lastPublished(a) < lastPublished(b) ? 1 : -1));
}
