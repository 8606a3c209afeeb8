import { rounded } from '../figures.ts';
import type { Figures, TablesReport } from './report.ts';

/** The report for people: a line for each measurement, the databases side by side, then goals. */
export function renderReport(report: TablesReport): string[] {
  const { host, databases, goals } = report;
  const load = [host.load.before, host.load.after].map(([minute = 0]) => minute.toFixed(2));
  return [
    line(
      `${report.nodes} nodes, ${report.groups} groups`,
      databases.flatMap(({ database }) => [database, '']),
    ),
    line(
      '',
      databases.flatMap(() => ['wall ms', 'CPU ms']),
    ),
    ...commandLines(report),
    '',
    ...siteLines(report),
    '',
    ...goals.map(({ goal, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`),
    '',
    'read: open the database, read all tables; resolve: litefile, litetree, statelite rows of all',
    `medians of ${report.runs}; PostgreSQL on a socket and without fsync, CPU without its server's; ` +
      `load ${load.join(' to ')}, ${host.processors} processors, Node ${host.node}, ` +
      `Linux ${host.kernel}`,
  ];
}

function commandLines({ databases }: TablesReport): string[] {
  return (databases[0]?.commands ?? []).map(({ argv }, index) =>
    line(
      argv.join(' '),
      databases.flatMap(({ commands }) => figures(commands[index])),
    ),
  );
}

function siteLines({ databases }: TablesReport): string[] {
  return (databases[0]?.sites ?? []).flatMap(({ nodes }, index) => {
    const sites = databases.map((database) => database.sites[index]);
    const perNode = (milliseconds = Number.NaN) => String(rounded((milliseconds * 1000) / nodes));
    return [
      line(
        `read ${nodes} nodes`,
        sites.flatMap((site) => figures(site?.read)),
      ),
      line(
        `resolve ${nodes} nodes`,
        sites.flatMap((site) => figures(site?.resolve)),
      ),
      line(
        '  microseconds a node',
        sites.flatMap((site) => [perNode(site?.resolve.wallMs), perNode(site?.resolve.cpuMs)]),
      ),
    ];
  });
}

function figures(measured: Figures | undefined): string[] {
  return [measured?.wallMs, measured?.cpuMs].map((value) => String(value ?? '-'));
}

function line(title: string, cells: readonly string[]): string {
  return (title.padEnd(44) + cells.map((cell) => cell.padStart(12)).join('')).trimEnd();
}
