import type { LevelFigures, StormReport } from './report.ts';

/** The report for people: a line for each level, the power-on, then goals. */
export function renderReport({ host, nodes, rows, levels, powerOn, goals }: StormReport): string[] {
  const load = [host.load.before, host.load.after].map(([minute = 0]) => minute.toFixed(2));
  const columns = ['clients', 'requests/s', 'p50 ms', 'p99 ms', 'errors', 'CPU ms', 'peak MB'];
  return [
    line(`${nodes} nodes, ${rows} rows`, columns),
    ...levels.map((level) => line(level.kind, figures(level.clients, level))),
    line('power-on', figures(powerOn.nodes, powerOn)),
    `power-on within ${powerOn.within} s: ${powerOn.served} served, ${powerOn.retries} tries again, all done after ${powerOn.seconds} s`,
    ...[...levels, powerOn].flatMap(({ kind, errors }) =>
      Object.entries(errors).map(([what, count]) => `${kind}: ${count} times: ${what}`),
    ),
    '',
    ...goals.map(({ goal, value, met }) => `${met ? 'met   ' : 'MISSED'}  ${goal} ${value}`),
    '',
    'new: a TLS connection and a stock list each; resumed: with the last session; kept: our JSON',
    `CPU and memory are the daemon's; the clients run on the same machine; load ${load.join(' to ')}, ` +
      `${host.processors} processors, Node ${host.node}, Linux ${host.kernel}`,
  ];
}

function line(title: string, cells: readonly string[]): string {
  return title.padEnd(28) + cells.map((cell) => cell.padStart(12)).join('');
}

function figures(
  clients: number,
  level: Omit<LevelFigures, 'kind' | 'clients' | 'requests'>,
): string[] {
  const errors = Object.values(level.errors).reduce((sum, count) => sum + count, 0);
  const { perSecond, p50, p99, cpuPerRequest, peak } = level;
  const values = [clients, perSecond, p50, p99, errors, cpuPerRequest, peak];
  return values.map((value) => String(value ?? '-'));
}
