import type { Settings } from '../config.ts';
import { type Cluster, indexCluster } from '../core/cluster.ts';
import { readTables } from '../db/read-tables.ts';
import type { Rows } from '../db/store.ts';
import type { TableRows } from '../db/tables.ts';

/** The tables as a transaction sees them, disabled rows too, and the cluster they make. */
export async function clusterIn(
  rows: Pick<Rows, 'select'>,
  { installdir, tftpdir }: Pick<Settings, 'installdir' | 'tftpdir'>,
): Promise<{ all: TableRows; cluster: Cluster }> {
  const all = await readTables(rows);
  return { all, cluster: indexCluster(all, { installdir, tftpdir }) };
}
