import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Booted, DiskNotes, Machine } from './boot.ts';
import { StateliteError } from './errors.ts';
import { formatLocation } from './protocol/location.ts';
import { parseMeminfo } from './machine/memory.ts';
import type { Phases } from './machine/progress.ts';
import type { ManagementNode } from './machine/query.ts';
import type { BootReport } from './protocol/report.ts';
import { version } from './version.ts';

/** What a report says of the machine. */
type Booting = Pick<Machine, 'release' | 'programs'>;

/** The report of a boot that put its entries in place. */
export function buildReport(
  machine: Booting,
  phases: Phases,
  node: string | undefined,
  { answer, stores, linked, generation, disk }: Booted,
): BootReport {
  const notices = linked.notices;
  const missing = stores.missingTrees.map(
    (tree) => `the optional tree ${formatLocation(tree)} is missing`,
  );
  const degraded =
    notices.some(({ level }) => level === 'degraded') ||
    missing.length > 0 ||
    stores.persistent === 'volatile';
  return {
    ...about(machine, phases),
    node: node ?? answer.node,
    image: answer.image,
    ...(generation !== undefined && { generation }),
    outcome: degraded ? 'degraded' : 'ok',
    steps: [...disk.steps, ...linked.steps],
    entries: linked.counts,
    warnings: [...disk.warnings, ...missing, ...notices.map(({ message }) => message)],
  };
}

/**
 * A boot that failed tells the management node, if it can; it never makes matters worse. It takes no
 * more than `longest` milliseconds.
 */
export async function reportError(
  error: unknown,
  machine: Booting & Pick<Machine, 'cmdline' | 'journal'>,
  phases: Phases,
  openManagement: () => Promise<ManagementNode>,
  disk: DiskNotes['steps'],
  longest = 5000,
): Promise<void> {
  if (phases.times.every(({ name }) => name !== 'network')) return; // there is no way to send it
  const report: BootReport = {
    ...about(machine, phases),
    node: machine.cmdline.node ?? '',
    image: '',
    outcome: 'error',
    steps: disk,
    entries: {},
    warnings: [],
    error: describeError(error),
  };
  const send = async () => {
    const management = await openManagement();
    try {
      await management.report(report, 3000);
    } finally {
      management.close();
    }
  };
  const notReported = (why: string) =>
    machine.journal.log.warn(`the failure was not reported: ${why}`);
  try {
    if (!(await isInTime(send(), longest))) notReported(`it took over ${longest / 1000} s`);
  } catch (unreachable) {
    if (!(unreachable instanceof StateliteError)) throw unreachable;
    notReported(unreachable.message);
  }
}

/** Waits for the end of the work, but not longer: the rescue comes whatever hangs. */
async function isInTime(work: Promise<void>, milliseconds: number): Promise<boolean> {
  const stop = new AbortController();
  const late = delay(milliseconds, 'late', { signal: stop.signal });
  try {
    return (await Promise.race([work, late])) !== 'late';
  } finally {
    stop.abort();
  }
}

function describeError(error: unknown): NonNullable<BootReport['error']> {
  if (!(error instanceof StateliteError))
    return { code: 'ERR_STATELITE_BUG', message: String(error) };
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

type About = Pick<
  BootReport,
  | 'version'
  | 'bootId'
  | 'kernel'
  | 'agent'
  | 'took'
  | 'uptime'
  | 'phases'
  | 'spawned'
  | 'memoryUsed'
>;

function about({ release, programs }: Booting, phases: Phases): About {
  const took = phases.elapsed();
  const { total, available } = parseMeminfo(readFileSync('/proc/meminfo', 'utf8'));
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return {
    version: 1,
    bootId: bootId(),
    kernel: release,
    agent: version,
    took,
    uptime: uptime - took / 1000,
    phases: phases.times,
    spawned: programs.started,
    memoryUsed: total - available,
  };
}

/** A new one at every boot of the kernel. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
