import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../agent/errors.ts';

/** A process, told from a later one with the same id by when it started. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks after the machine's start. */
  readonly started: string;
}

/** What a lab's directory says of it, so that a later run can clear up after a crash. */
export interface LabRecord {
  readonly owner: ProcessId;
  readonly holder: ProcessId;
  /** The lab was asked to go on without its owner. */
  readonly outlives: boolean;
  readonly keepDirectory: boolean;
}

/** Lab directories are `<temporary>/statelite-lab-XXXXXX`. */
export const labPrefix = 'statelite-lab-';

const recordName = 'lab.json';

export async function writeRecord(directory: string, record: LabRecord): Promise<void> {
  const path = join(directory, recordName);
  await writeFile(`${path}.new`, JSON.stringify(record));
  await rename(`${path}.new`, path);
}

/**
 * Ends labs whose owner is dead and removes their directories; returns those. Labs of living
 * runs and labs that were told to outlive theirs are left alone.
 */
export async function sweepLabs(temporary: string): Promise<string[]> {
  const names = (await readdir(temporary)).filter((name) => name.startsWith(labPrefix));
  const swept: string[] = [];
  for (const name of names) {
    const directory = join(temporary, name);
    const record = await readRecord(directory);
    if (record === undefined || isRunning(record.owner)) continue;
    if (isRunning(record.holder)) {
      if (record.outlives) continue;
      process.kill(record.holder.pid, 'SIGKILL');
    }
    if (record.keepDirectory) continue;
    await rm(directory, { recursive: true, force: true });
    swept.push(directory);
  }
  return swept;
}

/** The identity of a running process. */
export function identify(pid: number): ProcessId {
  const started = startOf(pid);
  if (started === undefined) throw new Error(`no process ${pid}`);
  return { pid, started };
}

export function isRunning({ pid, started }: ProcessId): boolean {
  return startOf(pid) === started;
}

/** proc(5): field 22 of stat; the name in field 2 may hold blanks and parentheses. */
function startOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[0] === 'Z' ? undefined : fields?.[19];
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

async function readRecord(directory: string): Promise<LabRecord | undefined> {
  try {
    const record: LabRecord = JSON.parse(await readFile(join(directory, recordName), 'utf8'));
    return record;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined; // just being made, or not a lab
    throw error;
  }
}
