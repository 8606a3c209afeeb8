import { answerFor, statemntOf } from '../../../mgmt/core/answer-for.ts';
import { type Cluster, indexCluster } from '../../../mgmt/core/cluster.ts';
import { readCluster } from '../../../mgmt/db/read-cluster.ts';
import { openStore } from '../../../mgmt/db/store.ts';
import { median } from '../figures.ts';
import type { Figures } from './report.ts';
import type { SiteSize } from './site.ts';

/** What a process that has started does with a site, whatever its command: medians. */
export interface ResolveFigures extends SiteSize {
  /** Opening the database, reading every table, indexing, closing. */
  readonly read: Figures;
  /** Indexing, then litefile, litetree and statelite rows of every node with its values in them. */
  readonly resolve: Figures;
}

/** A filled database: a file or a URL. */
export interface Filled extends SiteSize {
  readonly database: string;
}

const settings = { installdir: undefined, tftpdir: undefined };

/**
 * Measures each site `runs` times, one after the other, so that a busy moment makes all of them
 * slow. Small sites are resolved several times a run: each run resolves about as many nodes.
 */
export async function measureResolution(
  sites: readonly Filled[],
  runs: number,
): Promise<ResolveFigures[]> {
  const most = Math.max(...sites.map(({ nodes }) => nodes));
  const taken = sites.map((site) => ({ site, read: [] as Figures[], resolve: [] as Figures[] }));
  // The first turn is for V8 to see the code at work.
  for (let turn = 0; turn <= runs; turn += 1) {
    for (const { site, read, resolve } of taken) {
      const passes = Math.ceil(most / site.nodes);
      const { result: cluster, ...reading } = await timed(() => clusterOf(site.database));
      const { result: _, ...resolving } = await timed(async () => {
        for (let pass = 0; pass < passes; pass += 1) resolveAll(cluster, site.nodes);
      });
      if (turn === 0) continue;
      read.push(reading);
      resolve.push({ wallMs: resolving.wallMs / passes, cpuMs: resolving.cpuMs / passes });
    }
  }
  return taken.map(({ site, read, resolve }) => ({
    nodes: site.nodes,
    groups: site.groups,
    read: medians(read),
    resolve: medians(resolve),
  }));
}

async function clusterOf(database: string): Promise<Cluster> {
  const store = openStore(database);
  try {
    return await readCluster(store, settings);
  } finally {
    await store.close();
  }
}

/** Indexes anew: what one pass remembered must not make the next one quick. */
function resolveAll({ rows }: Cluster, expected: number): void {
  const cluster = indexCluster(rows, settings);
  let resolved = 0;
  for (const node of cluster.nodes) {
    const { litefile, litetree } = answerFor(node, cluster);
    const statemnt = statemntOf(node, cluster);
    if (litefile.length > 0 && litetree.length > 0 && statemnt !== undefined) resolved += 1;
  }
  if (resolved !== expected) throw new Error(`${resolved} of ${expected} nodes have their rows`);
}

async function timed<Result>(work: () => Promise<Result>): Promise<Figures & { result: Result }> {
  const before = process.cpuUsage();
  const started = performance.now();
  const result = await work();
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { result, wallMs, cpuMs: (user + system) / 1000 };
}

function medians(all: readonly Figures[]): Figures {
  return {
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  };
}
