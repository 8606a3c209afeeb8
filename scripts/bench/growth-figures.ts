import { median, ratio, rounded } from './figures.ts';
import type { Host } from './host.ts';
import type { Goal } from './link/report.ts';
import type { Figures } from './tables/report.ts';

/** What the reports of a command on two sites have in common. */
export interface GrowthReport {
  readonly host: Host;
  readonly runs: number;
  /** How many times the CPU time the larger site takes, where that is most. */
  readonly growth: number | null;
  readonly goals: readonly Goal[];
}

/** Figures of the smaller site, and the same of the larger. */
export type Pair = readonly [small: Figures | undefined, large: Figures];

export function medians(all: readonly Figures[]): Figures {
  return {
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  };
}

/** Cut to what a measurement can tell. */
export function cut({ wallMs, cpuMs }: Figures): Figures {
  return { wallMs: rounded(wallMs), cpuMs: rounded(cpuMs) };
}

/** By CPU time: the machine may be busy with something else. */
export function growthOf(pairs: readonly Pair[]): number | null {
  const growths = pairs.map(([small, large]) => ratio(large.cpuMs, small?.cpuMs ?? 0));
  return growths.length === 0 ? null : Math.max(...growths.map((growth) => growth ?? Infinity));
}

export function growthGoal(growth: number | null): Goal {
  return {
    goal: 'ten times the nodes take at most ten times the CPU time',
    value: growth,
    met: growth !== null && growth <= 10,
  };
}

/** That the slowest of some takes no longer than `most` milliseconds. */
export function wallGoal(what: string, all: readonly Figures[], most: number): Goal {
  const slowest = Math.max(...all.map(({ wallMs }) => wallMs));
  return { goal: `${what} ${most} ms`, value: rounded(slowest), met: slowest <= most };
}

/** The end of a report for people: goals, what the figures are, and where they were taken. */
export function closing({ host, goals, runs }: GrowthReport, note: string): string[] {
  const load = [host.load.before, host.load.after].map(([minute = 0]) => minute.toFixed(2));
  return [
    '',
    ...goals.map(({ goal, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`),
    '',
    `wall ms, medians of ${runs}, SQLite; ${note}; load ${load.join(' to ')}, ` +
      `${host.processors} processors, Node ${host.node}, Linux ${host.kernel}`,
  ];
}
