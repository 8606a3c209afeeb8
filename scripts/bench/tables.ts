import { mkdtempDisposable } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { openStore } from '../../mgmt/db/store.ts';
import { type Databases, databaseKinds } from '../../test/helpers/databases.ts';
import { hostSince } from './host.ts';
import { measureCommands } from './tables/commands.ts';
import { programOf } from './tables/program.ts';
import { renderReport } from './tables/render.ts';
import { type DatabaseFigures, reportOf } from './tables/report.ts';
import { type Filled, measureResolution } from './tables/resolve.ts';
import { fewestGroups, fillSite, type SiteSize } from './tables/site.ts';

export interface TablesOptions extends SiteSize {
  readonly runs: number;
  readonly databases: readonly DatabaseFigures['database'][];
  /** Measures the commands of the sources instead of the built program. */
  readonly sources: boolean;
}

/**
 * Measures commands on a large site and how resolving it grows, on each database, and prints the
 * report. A goal that is missed is only said. Throws if a command does not do its work.
 */
export async function benchTables(options: TablesOptions): Promise<void> {
  const { nodes, groups, runs, databases } = options;
  const before = loadavg();
  await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-bench-'));
  const program = await programOf(options.sources, directory.path);
  await using running = new AsyncDisposableStack();
  const filled: Filled[][] = [];
  for (const kind of databases) {
    const server = running.use(await start(kind));
    const sites: Filled[] = [];
    for (const size of sizesUpTo({ nodes, groups })) sites.push(await fill(kind, server, size));
    filled.push(sites);
  }
  const large = filled.map((sites) => sites.at(-1)?.database ?? '');
  say('running commands');
  const commands = await measureCommands(large, {
    program,
    nodes,
    runs,
    directory: directory.path,
  });
  const measured: DatabaseFigures[] = [];
  for (const [index, database] of databases.entries()) {
    say(`${database}: resolving`);
    const sites = await measureResolution(filled[index] ?? [], runs);
    measured.push({ database, commands: commands[index] ?? [], sites });
  }
  const report = reportOf({ nodes, groups, runs }, measured, hostSince(before));
  process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
  process.stderr.write(`\n${renderReport(report).join('\n')}\n`);
}

/** A tenth, a half, the whole; a site that grows gets more racks. */
function sizesUpTo({ nodes, groups }: SiteSize): SiteSize[] {
  return [10, 2, 1].map((part) => ({
    nodes: Math.ceil(nodes / part),
    groups: Math.max(fewestGroups, Math.ceil(groups / part)),
  }));
}

async function start(kind: DatabaseFigures['database']): Promise<Databases> {
  try {
    const found = databaseKinds.find((each) => each.kind === kind);
    if (found === undefined) throw new Error(`no ${kind}`);
    return await found.start();
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    throw new Error(`there is no ${kind} here: apt-get install postgresql`, { cause });
  }
}

async function fill(
  kind: DatabaseFigures['database'],
  databases: Databases,
  size: SiteSize,
): Promise<Filled> {
  say(`${kind}: filling a database with ${size.nodes} nodes`);
  const database = await databases.create();
  const store = openStore(database);
  try {
    await fillSite(store, size);
  } finally {
    await store.close();
  }
  return { ...size, database };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
