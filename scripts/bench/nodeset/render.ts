import { ratio } from '../figures.ts';
import { closing } from '../growth-figures.ts';
import type { NodesetReport } from './report.ts';

/** The report for people: a line for each loader and size, then goals. */
export function renderReport(report: NodesetReport): string[] {
  const [small, large] = report.sites;
  const rows = (large?.loaders ?? []).map(({ loader, files, written, unchanged }, index) => {
    const before = small?.loaders[index];
    return line(loader, [
      files,
      before?.written.wallMs,
      written.wallMs,
      before?.written.cpuMs,
      written.cpuMs,
      ratio(written.cpuMs, before?.written.cpuMs ?? 0),
      before?.unchanged.wallMs,
      unchanged.wallMs,
      unchanged.cpuMs,
    ]);
  });
  const sizes = [small?.nodes, large?.nodes];
  return [
    line('', ['', 'another loader', '', 'CPU ms', '', '', 'unchanged', '', 'CPU ms']),
    line('nodes', ['files', ...sizes, ...sizes, 'growth', ...sizes, large?.nodes]),
    ...rows,
    ...closing(report, 'files of the larger site below tftpdir, with links'),
  ];
}

function line(title: string, cells: readonly (string | number | null | undefined)[]): string {
  return (
    title.padEnd(12) + cells.map((cell) => String(cell ?? '-').padStart(15)).join('')
  ).trimEnd();
}
