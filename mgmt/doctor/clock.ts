import { join } from 'node:path';
import { namesIfThere } from '../../agent/files/if-there.ts';
import type { Check } from './check.ts';
import { type Finding, fail, note, ok, warn } from './finding.ts';
import { type Machine, outputOf } from './machine.ts';

/** What tells whether the clock of this machine is right. */
export interface ClockFacts {
  readonly now: Date;
  /** Of timedatectl or chronyc; undefined if neither says. */
  readonly isSynchronized: boolean | undefined;
  /** When the newest boot report came in, by this clock. */
  readonly lastReport: Date | undefined;
}

export const clock: Check<Machine> = {
  group: 'machine',
  name: 'clock',
  async look({ now, settings }) {
    const isSynchronized = (await askTimedatectl()) ?? (await askChrony());
    const lastReport = await newestReport(join(settings.state, 'reports'));
    return judgeClock({ now, isSynchronized, lastReport });
  },
};

/** Nodes have no clock of their own before NTP: certificates and files are judged by their RTC. */
export function judgeClock({ now, isSynchronized, lastReport }: ClockFacts): Finding[] {
  if (lastReport !== undefined && lastReport.getTime() > now.getTime() + 60_000) {
    const message = `the clock went back: a boot report is of ${lastReport.toISOString()}, and it is ${now.toISOString()}`;
    return [fail(message, 'timedatectl set-ntp true; certificates and new reports depend on it')];
  }
  if (isSynchronized === undefined) {
    const hint = 'timedatectl, or chronyc tracking, tells it';
    return [note('whether the clock is synchronised is not known', hint)];
  }
  if (isSynchronized) return [ok('the clock is synchronised')];
  return [
    warn('the clock is not synchronised', 'timedatectl set-ntp true, or systemctl start chrony'),
  ];
}

async function askTimedatectl(): Promise<boolean | undefined> {
  return parseTimedatectl((await outputOf('timedatectl', ['show'])) ?? '');
}

async function askChrony(): Promise<boolean | undefined> {
  return parseChrony((await outputOf('chronyc', ['-c', 'tracking'])) ?? '');
}

export function parseTimedatectl(text: string): boolean | undefined {
  const word = /^NTPSynchronized=(yes|no)$/mu.exec(text)?.[1];
  return word === undefined ? undefined : word === 'yes';
}

/** The last of its comma-separated fields is the leap status. */
export function parseChrony(text: string): boolean | undefined {
  const fields = text.trim().split(',');
  return fields.length < 10 ? undefined : fields.at(-1) !== 'Not synchronised';
}

/** Reports are named after the time they came in (mgmt/daemon/reports.ts). */
async function newestReport(directory: string): Promise<Date | undefined> {
  const nodes = await namesIfThere(directory, 'ENOTDIR');
  const lists = await Promise.all(
    nodes.map((node) => namesIfThere(join(directory, node), 'ENOTDIR')),
  );
  const newest = lists
    .flat()
    .filter((name) => /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.json$/u.test(name))
    .reduce((last, name) => (name > last ? name : last), '');
  if (newest === '') return undefined;
  const [day, time = ''] = newest.replace('.json', '').split('T');
  return new Date(`${day}T${time.replaceAll('-', ':')}`);
}
