import { ratio, rounded } from '../figures.ts';
import type { Host } from '../host.ts';
import type { Goal } from '../link/report.ts';
import type { Figures } from '../tables/report.ts';
import type { BackendFigures, DhcpFigures } from './measure.ts';

export interface DhcpReport {
  readonly bench: 'dhcp';
  readonly host: Host;
  readonly nodes: number;
  readonly runs: number;
  /** The smaller first. */
  readonly sites: readonly DhcpFigures[];
  /** How many times as long the larger site takes, where that is most. */
  readonly growth: number | null;
  readonly goals: readonly Goal[];
}

/** Works out growth and goals; figures are cut to what a measurement can tell. */
export function reportOf(
  given: { readonly nodes: number; readonly runs: number },
  measured: readonly DhcpFigures[],
  host: Host,
): DhcpReport {
  const [small, large] = measured;
  const growths = (large?.backends ?? []).map(({ all }, index) =>
    ratio(all.wallMs, small?.backends[index]?.all.wallMs ?? 0),
  );
  const growth = growths.length === 0 ? null : Math.max(...growths.map((one) => one ?? Infinity));
  const slowest = (name: 'all' | 'one') =>
    Math.max(...(large?.backends ?? []).map((figures) => figures[name].wallMs));
  return {
    bench: 'dhcp',
    ...given,
    host,
    sites: measured.map(({ nodes, backends }) => ({ nodes, backends: backends.map(roundedOff) })),
    growth,
    goals: [
      within(`makedhcp of ${given.nodes} nodes`, slowest('all'), 10_000),
      within(`makedhcp of one of ${given.nodes} nodes`, slowest('one'), 3000),
      {
        goal: 'ten times the nodes take at most ten times as long',
        value: growth,
        met: growth !== null && growth <= 10,
      },
    ],
  };
}

function roundedOff({ backend, all, unchanged, one, hosts }: BackendFigures): BackendFigures {
  return { backend, all: cut(all), unchanged: cut(unchanged), one: cut(one), hosts: cut(hosts) };
}

function cut({ wallMs, cpuMs }: Figures): Figures {
  return { wallMs: rounded(wallMs), cpuMs: rounded(cpuMs) };
}

function within(what: string, value: number, most: number): Goal {
  const goal = `${what} takes at most ${most} ms with each server`;
  return { goal, value: rounded(value), met: value <= most };
}
