import { cut, growthGoal, growthOf, type GrowthReport, wallGoal } from '../growth-figures.ts';
import type { Host } from '../host.ts';
import type { LoaderFigures, SiteFigures } from './measure.ts';

export interface NodesetReport extends GrowthReport {
  readonly bench: 'nodeset';
  readonly nodes: number;
  /** The smaller first. */
  readonly sites: readonly SiteFigures[];
}

/** Works out growth and goals; figures are cut to what a measurement can tell. */
export function reportOf(
  given: { readonly nodes: number; readonly runs: number },
  measured: readonly SiteFigures[],
  host: Host,
): NodesetReport {
  const [small, large] = measured;
  const loaders = large?.loaders ?? [];
  const growth = growthOf(
    loaders.map(({ written }, index) => [small?.loaders[index]?.written, written]),
  );
  const written = loaders.map((figures) => figures.written);
  return {
    bench: 'nodeset',
    ...given,
    host,
    sites: measured.map((site) => ({ nodes: site.nodes, loaders: site.loaders.map(roundedOff) })),
    growth,
    goals: [
      wallGoal(`nodeset of ${given.nodes} nodes for each loader takes at most`, written, 5000),
      growthGoal(growth),
    ],
  };
}

function roundedOff(figures: LoaderFigures): LoaderFigures {
  return { ...figures, written: cut(figures.written), unchanged: cut(figures.unchanged) };
}
