import { ratio } from '../figures.ts';
import { closing } from '../growth-figures.ts';
import { works } from './measure.ts';
import type { DhcpReport } from './report.ts';

const titles = {
  all: 'makedhcp -a, none known',
  unchanged: 'makedhcp -a, all known',
  one: 'makedhcp of one node',
  hosts: 'makehosts',
} as const;

/** The report for people: a line for each server, work and size, then goals. */
export function renderReport(report: DhcpReport): string[] {
  const [small, large] = report.sites;
  const rows = (large?.backends ?? []).flatMap((figures, index) =>
    works.map((work) => {
      const before = small?.backends[index]?.[work];
      const { wallMs, cpuMs } = figures[work];
      const growth = ratio(cpuMs, before?.cpuMs ?? 0);
      const cells = [before?.wallMs, wallMs, before?.cpuMs, cpuMs, growth];
      return line(`${figures.backend}: ${titles[work]}`, cells);
    }),
  );
  const sizes = [small?.nodes, large?.nodes];
  return [
    line('', ['', '', 'CPU ms']),
    line('nodes', [...sizes, ...sizes, 'growth']),
    ...rows,
    ...closing(report, 'makedhcp has dnsmasq and kea-dhcp4 check what is new in what it writes'),
  ];
}

function line(title: string, cells: readonly (string | number | null | undefined)[]): string {
  return (
    title.padEnd(36) + cells.map((cell) => String(cell ?? '-').padStart(12)).join('')
  ).trimEnd();
}
