import { ratio, rounded } from '../figures.ts';
import type { Host } from '../host.ts';
import type { Goal } from '../link/report.ts';
import type { Figures } from '../tables/report.ts';
import type { LoaderFigures, SiteFigures } from './measure.ts';

export interface NodesetReport {
  readonly bench: 'nodeset';
  readonly host: Host;
  readonly nodes: number;
  readonly runs: number;
  /** The smaller first. */
  readonly sites: readonly SiteFigures[];
  /** How many times as long the larger site takes, where that is most. */
  readonly growth: number | null;
  readonly goals: readonly Goal[];
}

/** Works out growth and goals; figures are cut to what a measurement can tell. */
export function reportOf(
  given: { readonly nodes: number; readonly runs: number },
  measured: readonly SiteFigures[],
  host: Host,
): NodesetReport {
  const sites = measured.map(({ nodes, loaders }) => ({ nodes, loaders: loaders.map(roundedOff) }));
  const growth = growthOf(measured);
  return {
    bench: 'nodeset',
    ...given,
    host,
    sites,
    growth,
    goals: goalsOf(given.nodes, measured, growth),
  };
}

function growthOf(sites: readonly SiteFigures[]): number | null {
  const [small, large] = sites;
  const growths = (large?.loaders ?? []).map(({ written }, index) =>
    ratio(written.wallMs, small?.loaders[index]?.written.wallMs ?? 0),
  );
  return growths.length === 0 ? null : Math.max(...growths.map((growth) => growth ?? Infinity));
}

function goalsOf(nodes: number, sites: readonly SiteFigures[], growth: number | null): Goal[] {
  const slowest = Math.max(...(sites.at(-1)?.loaders ?? []).map(({ written }) => written.wallMs));
  return [
    {
      goal: `nodeset of ${nodes} nodes takes at most 5000 ms for each loader`,
      value: rounded(slowest),
      met: slowest <= 5000,
    },
    {
      goal: 'ten times the nodes take at most ten times as long',
      value: growth,
      met: growth !== null && growth <= 10,
    },
  ];
}

function roundedOff(figures: LoaderFigures): LoaderFigures {
  return { ...figures, written: cut(figures.written), unchanged: cut(figures.unchanged) };
}

function cut({ wallMs, cpuMs }: Figures): Figures {
  return { wallMs: rounded(wallMs), cpuMs: rounded(cpuMs) };
}
