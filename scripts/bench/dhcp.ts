import { measureDhcp } from './dhcp/measure.ts';
import { renderReport } from './dhcp/render.ts';
import { reportOf } from './dhcp/report.ts';
import { benchGrowth, type GrowthOptions } from './growth.ts';

/**
 * Measures `makedhcp` of a whole site and of one node, for dnsmasq and for Kea, `makehosts`, and
 * how they grow. Throws if the server does not know every node afterwards.
 */
export async function benchDhcp(options: GrowthOptions): Promise<void> {
  await benchGrowth(options, {
    command: 'makedhcp',
    measure: measureDhcp,
    reportOf,
    render: renderReport,
  });
}
