import { type Cluster, indexCluster } from '../core/cluster.ts';
import type { Settings } from '../config.ts';
import type { Store } from './store.ts';
import { readTables } from './read-tables.ts';
import type { TableName } from './tables.ts';

/**
 * Reads the tables as one moment has them, for the pure core. Settings override the site table.
 * With `only`, tables other than these and site are empty: say nodelist too if nodes matter.
 */
export async function readCluster(
  store: Store,
  { installdir, tftpdir }: Pick<Settings, 'installdir' | 'tftpdir'>,
  only?: readonly TableName[],
): Promise<Cluster> {
  const all = await store.snapshot(async (rows) =>
    only === undefined ? readTables(rows) : readTables(rows, ['site', ...only]),
  );
  return indexCluster(all, { installdir, tftpdir });
}
