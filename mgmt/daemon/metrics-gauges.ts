import { readdirSync } from 'node:fs';
import { StateliteError } from '../../agent/errors.ts';
import { nodeStatuses } from '../../agent/protocol/status.ts';
import type { DaemonDeps, View } from './deps.ts';
import type { Metrics } from './metrics.ts';
import { secondsLeft, type ServerState } from './server-state.ts';

/** The text format of Prometheus. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** What is known of the process and its certificate at any moment. */
export function measureDaemon(metrics: Metrics, { certificate }: ServerState): void {
  const started = Date.now() / 1000 - process.uptime();
  metrics.gauge('process_start_time_seconds', () => started);
  metrics.gauge('process_cpu_seconds_total', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge('process_resident_memory_bytes', () => process.memoryUsage.rss());
  metrics.gauge('process_heap_bytes', () => process.memoryUsage().heapUsed);
  metrics.gauge('process_open_fds', () => readdirSync('/proc/self/fd').length);
  metrics.gauge('statelite_certificate_expiry_seconds', () =>
    secondsLeft(certificate(), new Date()),
  );
}

/** The metrics as text. Without a database they lack the nodes, and are still told. */
export async function renderMetrics({
  metrics,
  view,
  log,
}: Pick<DaemonDeps, 'metrics' | 'view' | 'log'>): Promise<string> {
  const counts = await countNodes(view).catch((error: unknown) => {
    if (!(error instanceof StateliteError)) throw error;
    log.debug(`metrics: no node is counted: ${error.message}`);
    return undefined;
  });
  metrics.gauge('statelite_nodes', () => counts);
  return metrics.render();
}

async function countNodes(view: () => Promise<View>) {
  const counts = new Map<string, number>();
  for (const { status } of (await view()).nodes()) {
    const known = status === undefined ? 'none' : nodeStatuses.includes(status) ? status : 'other';
    counts.set(known, (counts.get(known) ?? 0) + 1);
  }
  return [...counts].map(([status, value]) => ({ labels: { status }, value }));
}
