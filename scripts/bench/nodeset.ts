import { mkdtempDisposable } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostSince } from './host.ts';
import { measureSite, type SiteFigures } from './nodeset/measure.ts';
import { renderReport } from './nodeset/render.ts';
import { reportOf } from './nodeset/report.ts';
import { programOf } from './tables/program.ts';

export interface NodesetOptions {
  /** Nodes of the larger site; the smaller has a tenth. */
  readonly nodes: number;
  readonly runs: number;
  /** Measures the command of the sources instead of the built program. */
  readonly sources: boolean;
}

/**
 * Measures `nodeset` of all nodes of a site for every loader: boot files that are not there, that
 * are as they should be, and another loader's; and how that grows. Prints the report. A goal that
 * is missed is only said. Throws if nodeset does not set every node.
 */
export async function benchNodeset({ nodes, runs, sources }: NodesetOptions): Promise<void> {
  const before = loadavg();
  await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-bench-'));
  const program = await programOf(sources, directory.path);
  const sites: SiteFigures[] = [];
  for (const size of [Math.ceil(nodes / 10), nodes]) {
    process.stderr.write(`nodeset of ${size} nodes\n`);
    const place = join(directory.path, String(sites.length));
    sites.push(await measureSite({ program, nodes: size, runs, directory: place }));
  }
  const report = reportOf({ nodes, runs }, sites, hostSince(before));
  process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
  process.stderr.write(`\n${renderReport(report).join('\n')}\n`);
}
