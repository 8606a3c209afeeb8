import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { namesIfThere, readIfThere } from '../../agent/files/if-there.ts';
import type { BootReport } from '../../agent/protocol/report.ts';
import { plain } from '../core/plain.ts';
import { fileOfId, idOfFile, isNodeName, isReportId, timeOfId } from './place.ts';
import { takeReport } from './report-schema.ts';

/** A report as it is kept: under the name the tables gave the sender, and when it came. */
export interface StoredReport {
  readonly node: string;
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly report: BootReport;
}

/** The reports below one directory. */
export interface ReportReader {
  readonly directory: string;
  /** Who has reports, sorted. */
  readonly nodes: () => Promise<string[]>;
  /** Newest first; none for a node that never reported. */
  readonly ids: (node: string) => Promise<string[]>;
  /**
   * Undefined if there is none, or no longer. Throws ERR_STATELITE_NOT_FOUND for a file that is no
   * report.
   */
  readonly read: (node: string, id: string) => Promise<StoredReport | undefined>;
}

/** Reads what `storeReport` of the daemon writes; a directory that is not there holds none. */
export function reportReader(directory: string): ReportReader {
  return {
    directory,
    nodes: async () => (await namesIfThere(directory, 'ENOTDIR')).filter(isNodeName).toSorted(),
    ids: async (node) => {
      if (!isNodeName(node)) return [];
      const files = await namesIfThere(join(directory, node), 'ENOTDIR');
      return files
        .map(idOfFile)
        .filter((id) => id !== undefined)
        .toSorted()
        .toReversed();
    },
    read: async (node, id) => {
      if (!isNodeName(node) || !isReportId(id)) return undefined;
      const file = join(directory, node, fileOfId(id));
      const text = await readIfThere(file);
      return text === undefined
        ? undefined
        : { node, id, time: timeOfId(id), report: parse(text, file) };
    },
  };
}

/** The newest `count` reports of a node, newest first. Throws as `read` does. */
export async function newestOf(
  { ids, read }: ReportReader,
  node: string,
  count: number,
): Promise<StoredReport[]> {
  const stored: StoredReport[] = [];
  for (const id of (await ids(node)).slice(0, count)) {
    const one = await read(node, id);
    if (one !== undefined) stored.push(one);
  }
  return stored;
}

/**
 * What a node runs, as far as it said: its newest report that names an image. One without, of a boot
 * that failed early, says nothing. Undefined for a node that never named one; throws as `read` does.
 */
export async function lastBoot(
  { ids, read }: Pick<ReportReader, 'ids' | 'read'>,
  node: string,
): Promise<StoredReport | undefined> {
  for (const id of await ids(node)) {
    const stored = await read(node, id);
    if (stored !== undefined && stored.report.image !== '') return stored;
  }
  return undefined;
}

function parse(text: string, file: string): BootReport {
  const taken = takeReport(parseJson(text, file));
  if ('report' in taken) return taken.report;
  throw damaged(file, taken.wrong);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw damaged(file, `it is not JSON: ${cause.message}`);
    throw cause;
  }
}

/** What stands in the file may stand in the reason. */
function damaged(file: string, why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_NOT_FOUND', `${file} is no boot report: ${plain(why)}`, {
    hint: 'remove the file; the next boot of the node writes another',
  });
}
