import type { Settings } from '../config.ts';
import { readCluster } from '../db/read-cluster.ts';
import type { Store } from '../db/store.ts';
import type { DaemonDeps } from './deps.ts';
import type { Metrics } from './metrics.ts';
import { cachedByVersion } from './snapshot.ts';
import { batchStatuses } from './status-writes.ts';
import type { createViews } from './view.ts';

export interface FollowedTables extends Pick<DaemonDeps, 'view' | 'recordStatus'> {
  /** Resolves when every status that was taken is in the database, or could not be. */
  readonly idle: () => Promise<void>;
}

/**
 * The daemon's view of the tables, in memory, and its way to write statuses. Statuses do not make
 * the tables be read again: the view has those that were written since.
 */
export function followTables(
  store: () => Store,
  settings: Pick<Settings, 'installdir' | 'tftpdir'>,
  metrics: Metrics,
  createView: ReturnType<typeof createViews>,
): FollowedTables {
  const statuses = batchStatuses(store, (result) =>
    metrics.count('statelite_status_writes_total', { result }),
  );
  let known = performance.now();
  metrics.gauge('statelite_snapshot_age_seconds', () => (performance.now() - known) / 1000);
  const current = cachedByVersion(
    async () => {
      const version = await store().dataVersion();
      known = performance.now();
      return version;
    },
    async () => {
      const start = performance.now();
      const mark = statuses.mark();
      try {
        const view = createView(await readCluster(store(), settings), statuses.since(mark));
        metrics.count('statelite_snapshot_rebuilds_total', { result: 'ok' });
        metrics.observe('statelite_snapshot_rebuild_seconds', (performance.now() - start) / 1000);
        return view;
      } catch (error) {
        metrics.count('statelite_snapshot_rebuilds_total', { result: 'failed' });
        throw error;
      }
    },
  );
  return { view: current, recordStatus: statuses.record, idle: statuses.idle };
}
