import type { Measures } from './run.ts';
import type { Comparison, LinkReport } from './report.ts';

const columns = ['rows', '', 'start ms', 'wall ms', 'CPU ms', 'system calls', 'processes'];

/** The report for people: a line for each side of each table, then ratios and goals. */
export function renderReport({ host, tables, growth, goals }: LinkReport): string[] {
  const lines = tables.flatMap((table) => [
    [String(table.rows), 'agent', ...figures(table.ours)],
    ...compared('script', table.baseline, table.baselineByOurs),
    ...compared('actions', table.actions, table.actionsByOurs),
  ]);
  const grown = growth.flatMap(({ from, to, ours, actions }) => [
    [`${to}/${from}`, 'agent', '', ...Object.values(ours).map(times)],
    ['', 'actions', '', ...Object.values(actions).map(times)],
  ]);
  const load = [host.load.before, host.load.after].map(([minute = 0]) => minute.toFixed(2));
  return [
    ...[columns, ...lines, [], ...grown].map(aligned),
    '',
    ...goals.map(({ goal, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`),
    '',
    'script: the stage as a shell script; actions: only the programs it cannot do without',
    `medians; the programs' own start is not in wall and CPU; load ${load.join(' to ')}, ` +
      `${host.processors} processors, Node ${host.node}, Linux ${host.kernel}`,
  ];
}

function compared(name: string, measures: Measures | null, ratio: Comparison | null): string[][] {
  if (measures === null || ratio === null) return [['', name, '-']];
  return [
    ['', name, ...figures(measures)],
    ['', `${name} / agent`, '', ...Object.values(ratio).map(times)],
  ];
}

function figures({ startMs, wallMs, cpuMs, systemCalls, processes }: Measures): string[] {
  return [startMs, wallMs, cpuMs, systemCalls, processes].map(String);
}

function times(ratio: number | null): string {
  return ratio === null ? '-' : `${ratio} x`;
}

function aligned(cells: readonly string[]): string {
  return cells
    .map((cell, column) => (column < 2 ? cell.padEnd(16) : cell.padStart(13)))
    .join('')
    .trimEnd();
}
