import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { type Machine, readText } from './machine.ts';

/** A process that runs on the machine. */
export interface Process {
  readonly pid: number;
  /** As proc_pid_comm(5): 15 bytes at most. */
  readonly name: string;
  readonly argv: readonly string[];
  /** When it started; undefined if /proc does not say. */
  readonly started: Date | undefined;
}

/**
 * The processes of these names, by number. Those of another network, as of a container or a virtual
 * machine's, serve others.
 */
export async function processesNamed(
  machine: Pick<Machine, 'root'>,
  names: readonly string[],
): Promise<Process[]> {
  const found: Process[] = [];
  const own = await networkOf(machine, 'self');
  const booted = bootTime((await readText(machine, '/proc/stat')) ?? '');
  for (const pid of await pidsOf(machine)) {
    const name = (await readText(machine, `/proc/${pid}/comm`))?.trimEnd();
    if (name === undefined || !names.includes(name)) continue;
    if (((await networkOf(machine, String(pid))) ?? own) !== own) continue;
    const argv = (await readText(machine, `/proc/${pid}/cmdline`))?.split('\0').slice(0, -1) ?? [];
    const ticks = startTicks((await readText(machine, `/proc/${pid}/stat`)) ?? '');
    const started = booted === undefined || ticks === undefined ? undefined : booted + ticks / 100;
    found.push({
      pid,
      name,
      argv,
      started: started === undefined ? undefined : new Date(started * 1000),
    });
  }
  return found;
}

/** Undefined if it is not for this user's eyes. */
async function networkOf({ root }: Pick<Machine, 'root'>, pid: string) {
  try {
    return await readlink(join(root, 'proc', pid, 'ns/net'));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}

export async function pidsOf({ root }: Pick<Machine, 'root'>): Promise<number[]> {
  const names = await readdir(join(root, 'proc')).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return names
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** Seconds since 1970 of proc_stat(5). */
function bootTime(stat: string): number | undefined {
  const seconds = /^btime (\d+)$/mu.exec(stat)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** Field 22 of proc_pid_stat(5), in hundredths of a second on every Linux; a name may hold blanks. */
function startTicks(stat: string): number | undefined {
  const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return field === undefined ? undefined : Number(field);
}
