import { parseArgs } from 'node:util';
import { explainError } from '../agent/errors.ts';
import type { GrowthOptions } from './bench/growth.ts';
import type { TablesOptions } from './bench/tables.ts';
import { fewestGroups } from './bench/tables/site.ts';

const usage = `Usage: npm run bench -- link [--rows N,N,...] [--runs N]
       npm run bench -- tables [--nodes N] [--groups N] [--runs N] [--database NAME] [--sources]
       npm run bench -- storm [--nodes N] [--clients N,N,...] [--requests N] [--within S] [--sources]
       npm run bench -- nodeset [--nodes N] [--runs N] [--sources]
       npm run bench -- dhcp [--nodes N] [--runs N] [--sources]

  link        the agent's linking stage against a shell script that starts a program per action
  --rows      sizes of the litefile table; 42 is xCAT's sample for RedHat (default 42,400,4000)
  --runs      runs of each side, of which the median counts (default 5; 3 of the script at most)

  tables      commands on a large site, and how long resolving its nodes takes as it grows
  --nodes     nodes of the site (default 10000)
  --groups    groups of the site (default 200, at least ${fewestGroups})
  --runs      runs of each command, of which the median counts (default 5)
  --database  sqlite, postgresql or both (default both)
  --sources   the program of the sources, not the built one, which starts sooner

  storm       a daemon that many nodes ask at once, and a machine room that powers on
  --nodes     nodes of the site, all of which power on (default 10000)
  --clients   clients that ask at the same time (default 1,10,50,200,1000)
  --requests  requests at each number of clients, ten times as many on kept connections
              (default 2000)
  --within    seconds in which all nodes power on (default 10)
  --sources   as above

  nodeset     nodeset of a whole site, and how that grows from a tenth of it
  --nodes     nodes of the site (default 2500)
  --runs      as for tables (default 3)
  --sources   as above

  dhcp        makedhcp and makehosts of a whole site, for dnsmasq and Kea, and how they grow
  --nodes     nodes of the site (default 10000)
  --runs      as for nodeset
  --sources   as above

  --help      this text

Figures are printed as JSON on standard output, and as a table on standard error. Needs root, a
build (npm run build), and for link strace, for tables PostgreSQL.
`;

const options = {
  rows: { type: 'string' },
  nodes: { type: 'string' },
  groups: { type: 'string' },
  runs: { type: 'string' },
  database: { type: 'string' },
  clients: { type: 'string' },
  requests: { type: 'string' },
  within: { type: 'string' },
  sources: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parse>['values'];

const growthTakes = ['nodes', 'runs', 'sources'];

/** Each benchmark with the options it takes; answers why it cannot run, if it cannot. */
const benches = new Map<string | undefined, Bench>([
  ['link', { takes: ['rows', 'runs'], run: link }],
  ['tables', { takes: ['nodes', 'groups', 'runs', 'database', 'sources'], run: tables }],
  ['nodeset', { takes: growthTakes, run: growth(2500, benchNodeset) }],
  ['dhcp', { takes: growthTakes, run: growth(10_000, benchDhcp) }],
  ['storm', { takes: ['nodes', 'clients', 'requests', 'within', 'sources'], run: storm }],
]);

interface Bench {
  readonly takes: readonly string[];
  readonly run: (values: Values) => Promise<string | undefined>;
}

const databases = new Map<string, TablesOptions['databases']>([
  ['sqlite', ['SQLite']],
  ['postgresql', ['PostgreSQL']],
  ['both', ['SQLite', 'PostgreSQL']],
]);

/** Returns the exit status: 2 for a wrong command line. */
async function main(): Promise<number> {
  try {
    const { values, positionals } = parse();
    if (values.help === true) {
      process.stdout.write(usage);
      return 0;
    }
    const [name, ...others] = positionals;
    const bench = benches.get(name);
    if (bench === undefined || others.length > 0) {
      return refuse('name one benchmark: link, tables, storm, nodeset or dhcp');
    }
    const foreign = Object.keys(values).find((option) => !bench.takes.includes(option));
    if (foreign !== undefined) return refuse(`${name} takes no --${foreign}`);
    const problem = await bench.run(values);
    return problem === undefined ? 0 : refuse(problem);
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) return refuse(error.message);
    process.stderr.write(`${explainError(error).join('\n')}\n`);
    return 1;
  }
}

function parse() {
  return parseArgs({ allowPositionals: true, options });
}

async function link(values: Values): Promise<string | undefined> {
  const rows = (values.rows ?? '42,400,4000').split(',').map(Number);
  const runs = Number(values.runs ?? '5');
  if (![...rows, runs].every(isCount)) return '--rows and --runs take whole numbers from 1';
  const { benchLink } = await import('./bench/link.ts');
  await benchLink({ rows, runs });
  return undefined;
}

async function tables(values: Values): Promise<string | undefined> {
  const nodes = Number(values.nodes ?? '10000');
  const groups = Number(values.groups ?? '200');
  const runs = Number(values.runs ?? '5');
  const kinds = databases.get(values.database ?? 'both');
  if (![nodes, groups, runs].every(isCount)) {
    return '--nodes, --groups and --runs take whole numbers from 1';
  }
  if (groups < fewestGroups) return `--groups takes numbers from ${fewestGroups}`;
  if (kinds === undefined) return `--database takes ${[...databases.keys()].join(', ')}`;
  const { benchTables } = await import('./bench/tables.ts');
  await benchTables({ nodes, groups, runs, databases: kinds, sources: values.sources === true });
  return undefined;
}

async function storm(values: Values): Promise<string | undefined> {
  const nodes = Number(values.nodes ?? '10000');
  const clients = (values.clients ?? '1,10,50,200,1000').split(',').map(Number);
  const requests = Number(values.requests ?? '2000');
  const within = Number(values.within ?? '10');
  if (![nodes, ...clients, requests, within].every(isCount)) {
    return '--nodes, --clients, --requests and --within take whole numbers from 1';
  }
  if (Math.max(...clients) > nodes) return '--clients takes no more than there are --nodes';
  const { benchStorm } = await import('./bench/storm.ts');
  await benchStorm({ nodes, clients, requests, within, sources: values.sources === true });
  return undefined;
}

/** How a command's time grows with the nodes of a site, of which there are `usual` if nobody says. */
function growth(usual: number, bench: (given: GrowthOptions) => Promise<void>): Bench['run'] {
  return async (values) => {
    const nodes = Number(values.nodes ?? String(usual));
    const runs = Number(values.runs ?? '3');
    if (![nodes, runs].every(isCount)) return '--nodes and --runs take whole numbers from 1';
    await bench({ nodes, runs, sources: values.sources === true });
    return undefined;
  };
}

async function benchNodeset(given: GrowthOptions): Promise<void> {
  return (await import('./bench/nodeset.ts')).benchNodeset(given);
}

async function benchDhcp(given: GrowthOptions): Promise<void> {
  return (await import('./bench/dhcp.ts')).benchDhcp(given);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}\n\n${usage}`);
  return 2;
}

process.exitCode = await main();
