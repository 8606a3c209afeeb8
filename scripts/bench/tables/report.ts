import { ratio, rounded } from '../figures.ts';
import type { Host } from '../host.ts';
import type { Goal } from '../link/report.ts';
import type { CommandFigures, CommandName } from './commands.ts';
import type { ResolveFigures } from './resolve.ts';
import type { SiteSize } from './site.ts';

/** Medians; the CPU time of a PostgreSQL server is in none. */
export interface Figures {
  readonly wallMs: number;
  /** User and system time of the process with its threads. */
  readonly cpuMs: number;
}

export interface DatabaseFigures {
  readonly database: 'SQLite' | 'PostgreSQL';
  readonly commands: readonly CommandFigures[];
  /** The smallest first; the last is the site that the commands ran on. */
  readonly sites: readonly ResolveFigures[];
}

export interface TablesReport extends SiteSize {
  readonly bench: 'tables';
  readonly host: Host;
  readonly runs: number;
  readonly databases: readonly (DatabaseFigures & {
    /** CPU time to resolve a node, where it is longest, by that of the smallest site. */
    readonly growth: number | null;
  })[];
  readonly goals: readonly Goal[];
}

/** Works out growth and goals; figures are cut to what a measurement can tell. */
export function reportOf(
  given: SiteSize & { readonly runs: number },
  measured: readonly DatabaseFigures[],
  host: Host,
): TablesReport {
  const databases = measured.map(({ database, commands, sites }) => ({
    database,
    commands: commands.map((command) => ({ ...command, ...roundedOff(command) })),
    sites: sites.map((site) => ({
      ...site,
      read: roundedOff(site.read),
      resolve: roundedOff(site.resolve),
    })),
    growth: growthOf(sites),
  }));
  return { bench: 'tables', ...given, host, databases, goals: databases.flatMap(goalsOf) };
}

/** By CPU time: the machine may be busy with something else. */
function growthOf(sites: readonly ResolveFigures[]): number | null {
  const perNode = sites.map(({ nodes, resolve }) => resolve.cpuMs / nodes);
  const [smallest, ...larger] = perNode;
  return smallest === undefined ? null : ratio(Math.max(...larger), smallest);
}

function goalsOf({ database, commands, growth }: TablesReport['databases'][number]): Goal[] {
  const quick = (name: CommandName, what: string, most: number) => {
    const value = commands.find((command) => command.name === name)?.wallMs ?? null;
    const met = value !== null && value <= most;
    return { goal: `${database}: ${what} takes at most ${most} ms`, value, met };
  };
  return [
    quick('lsdef', 'lsdef of one node', 300),
    quick('nodels', 'nodels of all nodes', 1000),
    {
      goal: `${database}: resolving a node takes at most 1.5 times as long in a site ten times as large`,
      value: growth,
      met: growth !== null && growth <= 1.5,
    },
  ];
}

function roundedOff({ wallMs, cpuMs }: Figures): Figures {
  return { wallMs: rounded(wallMs), cpuMs: rounded(cpuMs) };
}
