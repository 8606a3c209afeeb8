import { type Cluster, indexCluster } from '../core/cluster.ts';
import type { Settings } from '../config.ts';
import type { Store } from './store.ts';
import { type TableRows, tables } from './tables.ts';

/** Reads every table as one moment has them, for the pure core. Settings override the site table. */
export async function readCluster(
  store: Store,
  { installdir, tftpdir }: Pick<Settings, 'installdir' | 'tftpdir'>,
): Promise<Cluster> {
  const entries = await store.snapshot(async (rows) => {
    const read: [string, unknown][] = [];
    for (const table of Object.values(tables)) read.push([table.name, await rows.select(table)]);
    return read;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows for every name in tables
  const all = Object.fromEntries(entries) as TableRows;
  return indexCluster(all, { installdir, tftpdir });
}
