import { ratio } from '../figures.ts';
import type { NodesetReport } from './report.ts';

/** The report for people: a line for each loader and size, then goals. */
export function renderReport({ host, runs, sites, goals }: NodesetReport): string[] {
  const load = [host.load.before, host.load.after].map(([minute = 0]) => minute.toFixed(2));
  const [small, large] = sites;
  const rows = (large?.loaders ?? []).map(({ loader, files, written, unchanged }, index) => {
    const before = small?.loaders[index];
    return line(loader, [
      files,
      before?.written.wallMs,
      written.wallMs,
      ratio(written.wallMs, before?.written.wallMs ?? 0),
      written.cpuMs,
      before?.unchanged.wallMs,
      unchanged.wallMs,
      unchanged.cpuMs,
    ]);
  });
  const counts = [small?.nodes, large?.nodes, 'growth', 'CPU ms'];
  return [
    line('', ['', 'another loader', '', '', '', 'unchanged']),
    line('nodes', ['files', ...counts, small?.nodes, large?.nodes, 'CPU ms']),
    ...rows,
    '',
    ...goals.map(({ goal, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`),
    '',
    `wall ms, medians of ${runs}, SQLite; files of the larger site below tftpdir, with links; load ` +
      `${load.join(' to ')}, ${host.processors} processors, Node ${host.node}, Linux ${host.kernel}`,
  ];
}

function line(title: string, cells: readonly (string | number | null | undefined)[]): string {
  return (
    title.padEnd(12) + cells.map((cell) => String(cell ?? '-').padStart(15)).join('')
  ).trimEnd();
}
