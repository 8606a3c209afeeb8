import { cut, growthGoal, growthOf, type GrowthReport, wallGoal } from '../growth-figures.ts';
import type { Host } from '../host.ts';
import { type BackendFigures, type DhcpFigures, works } from './measure.ts';

export interface DhcpReport extends GrowthReport {
  readonly bench: 'dhcp';
  readonly nodes: number;
  /** The smaller first. */
  readonly sites: readonly DhcpFigures[];
}

/** Works out growth and goals; figures are cut to what a measurement can tell. */
export function reportOf(
  given: { readonly nodes: number; readonly runs: number },
  measured: readonly DhcpFigures[],
  host: Host,
): DhcpReport {
  const [small, large] = measured;
  const backends = large?.backends ?? [];
  const growth = growthOf(
    backends.flatMap((figures, index) =>
      works.map((work) => [small?.backends[index]?.[work], figures[work]] as const),
    ),
  );
  const { nodes } = given;
  const of = (work: 'all' | 'one') => backends.map((figures) => figures[work]);
  return {
    bench: 'dhcp',
    ...given,
    host,
    sites: measured.map((site) => ({ nodes: site.nodes, backends: site.backends.map(roundedOff) })),
    growth,
    goals: [
      wallGoal(`makedhcp of ${nodes} nodes with each server takes at most`, of('all'), 10_000),
      wallGoal(`makedhcp of one of ${nodes} nodes with each server takes at most`, of('one'), 3000),
      growthGoal(growth),
    ],
  };
}

function roundedOff({ backend, all, unchanged, one, hosts }: BackendFigures): BackendFigures {
  return { backend, all: cut(all), unchanged: cut(unchanged), one: cut(one), hosts: cut(hosts) };
}
