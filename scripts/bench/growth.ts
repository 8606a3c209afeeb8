import { mkdtempDisposable } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Host, hostSince } from './host.ts';
import { programOf } from './tables/program.ts';

export interface GrowthOptions {
  /** Nodes of the larger site; the smaller has a tenth. */
  readonly nodes: number;
  readonly runs: number;
  /** Measures the command of the sources instead of the built program. */
  readonly sources: boolean;
}

/** What a site is made and measured with. */
export interface SiteGiven {
  /** The program, with what it needs before its own arguments. */
  readonly program: readonly string[];
  readonly nodes: number;
  readonly runs: number;
  /** For the site; it is not there. */
  readonly directory: string;
}

/** A benchmark of a command on two sites. */
export interface GrowthBench<Site, Report> {
  /** What is measured, for who waits. */
  readonly command: string;
  readonly measure: (given: SiteGiven) => Promise<Site>;
  /** `sites` has the smaller first. */
  readonly reportOf: (
    given: Pick<GrowthOptions, 'nodes' | 'runs'>,
    sites: readonly Site[],
    host: Host,
  ) => Report;
  readonly render: (report: Report) => readonly string[];
}

/**
 * Measures a site of a tenth of the nodes and a whole one, and prints the report. A goal that is
 * missed is only said. Throws what `measure` throws.
 */
export async function benchGrowth<Site, Report>(
  { nodes, runs, sources }: GrowthOptions,
  { command, measure, reportOf, render }: GrowthBench<Site, Report>,
): Promise<void> {
  const before = loadavg();
  await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-bench-'));
  const program = await programOf(sources, directory.path);
  const sites: Site[] = [];
  for (const size of [Math.ceil(nodes / 10), nodes]) {
    process.stderr.write(`${command} of ${size} nodes\n`);
    const place = join(directory.path, String(sites.length));
    sites.push(await measure({ program, nodes: size, runs, directory: place }));
  }
  const report = reportOf({ nodes, runs }, sites, hostSince(before));
  process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
  process.stderr.write(`\n${render(report).join('\n')}\n`);
}
