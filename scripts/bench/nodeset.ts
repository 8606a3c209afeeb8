import { benchGrowth, type GrowthOptions } from './growth.ts';
import { measureSite } from './nodeset/measure.ts';
import { renderReport } from './nodeset/render.ts';
import { reportOf } from './nodeset/report.ts';

/**
 * Measures `nodeset` of all nodes of a site for every loader: boot files that are not there, that
 * are as they should be, and another loader's; and how that grows. Throws if nodeset does not set
 * every node.
 */
export async function benchNodeset(options: GrowthOptions): Promise<void> {
  await benchGrowth(options, {
    command: 'nodeset',
    measure: measureSite,
    reportOf,
    render: renderReport,
  });
}
