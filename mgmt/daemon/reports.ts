import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { namesIfThere } from '../../agent/files/if-there.ts';
import type { BootReport } from '../../agent/protocol/report.ts';
import {
  fileOfId,
  idOfFile,
  isNodeName,
  parsePartial,
  partialFile,
  reportId,
} from '../reports/place.ts';

const kept = 20;
/** A node whose reports are large keeps fewer: no node may fill the disk. */
const keptBytes = 16 * 1024 * 1024;
const abandonedAfter = 3_600_000;

/**
 * Writes `<reports>/<node>/<UTC time>.json` and removes all but the newest 20 of that node, or as
 * many as are 16 MiB. A reader sees whole reports only.
 */
export async function storeReport(
  reports: string,
  node: string,
  report: BootReport,
  time: Date,
): Promise<void> {
  if (!isNodeName(node)) {
    throw new StateliteError(
      'ERR_STATELITE_PATH',
      `${JSON.stringify(node)} cannot name a directory`,
    );
  }
  const directory = join(reports, node);
  await mkdir(directory, { recursive: true });
  const id = reportId(time);
  const partial = join(reports, partialFile(node, id, randomUUID()));
  try {
    const file = await open(partial, 'wx', 0o640);
    try {
      await file.writeFile(`${JSON.stringify(report, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, join(directory, fileOfId(id)));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await removeOld(directory);
}

/** Removes what a daemon that was killed had begun. */
export async function removeAbandoned(reports: string, now: Date): Promise<void> {
  const before = reportId(new Date(now.getTime() - abandonedAfter));
  for (const file of await namesIfThere(reports)) {
    const id = parsePartial(file)?.id;
    if (id !== undefined && id < before) await rm(join(reports, file), { force: true });
  }
}

async function removeOld(directory: string): Promise<void> {
  const files = (await namesIfThere(directory)).filter((file) => idOfFile(file) !== undefined);
  let bytes = 0;
  for (const [index, file] of files.toSorted().toReversed().entries()) {
    bytes += await sizeOf(join(directory, file));
    const isTooMuch = index >= kept || (index > 0 && bytes > keptBytes);
    if (isTooMuch) await rm(join(directory, file), { force: true });
  }
}

/** Another report of the same node may be removing the same files. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
