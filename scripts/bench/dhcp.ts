import { mkdtempDisposable } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DhcpFigures, measureDhcp } from './dhcp/measure.ts';
import { renderReport } from './dhcp/render.ts';
import { reportOf } from './dhcp/report.ts';
import { hostSince } from './host.ts';
import { programOf } from './tables/program.ts';

export interface DhcpOptions {
  /** Nodes of the larger site; the smaller has a tenth. */
  readonly nodes: number;
  readonly runs: number;
  /** Measures the command of the sources instead of the built program. */
  readonly sources: boolean;
}

/**
 * Measures `makedhcp` of a whole site and of one node, for dnsmasq and for Kea, `makehosts`, and
 * how they grow. Prints the report. A goal that is missed is only said. Throws if the server does
 * not know every node afterwards.
 */
export async function benchDhcp({ nodes, runs, sources }: DhcpOptions): Promise<void> {
  const before = loadavg();
  await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-bench-'));
  const program = await programOf(sources, directory.path);
  const sites: DhcpFigures[] = [];
  for (const size of [Math.ceil(nodes / 10), nodes]) {
    process.stderr.write(`makedhcp of ${size} nodes\n`);
    const place = join(directory.path, String(sites.length));
    sites.push(await measureDhcp({ program, nodes: size, runs, directory: place }));
  }
  const report = reportOf({ nodes, runs }, sites, hostSince(before));
  process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
  process.stderr.write(`\n${renderReport(report).join('\n')}\n`);
}
