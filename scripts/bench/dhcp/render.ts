import { ratio } from '../figures.ts';
import type { DhcpReport } from './report.ts';

const work = [
  ['all', 'makedhcp -a, none known'],
  ['unchanged', 'makedhcp -a, all known'],
  ['one', 'makedhcp of one node'],
  ['hosts', 'makehosts'],
] as const;

/** The report for people: a line for each server, work and size, then goals. */
export function renderReport({ host, runs, sites, goals }: DhcpReport): string[] {
  const load = [host.load.before, host.load.after].map(([minute = 0]) => minute.toFixed(2));
  const [small, large] = sites;
  const rows = (large?.backends ?? []).flatMap((figures, index) =>
    work.map(([name, title]) => {
      const before = small?.backends[index]?.[name].wallMs;
      const { wallMs, cpuMs } = figures[name];
      const cells = [before, wallMs, ratio(wallMs, before ?? 0), cpuMs];
      return line(`${figures.backend}: ${title}`, cells);
    }),
  );
  return [
    line('nodes', [small?.nodes, large?.nodes, 'growth', 'CPU ms']),
    ...rows,
    '',
    ...goals.map(({ goal, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`),
    '',
    `wall ms, medians of ${runs}, SQLite; makedhcp has dnsmasq and kea-dhcp4 check what it writes; ` +
      `load ${load.join(' to ')}, ${host.processors} processors, Node ${host.node}, Linux ${host.kernel}`,
  ];
}

function line(title: string, cells: readonly (string | number | null | undefined)[]): string {
  return (
    title.padEnd(36) + cells.map((cell) => String(cell ?? '-').padStart(12)).join('')
  ).trimEnd();
}
