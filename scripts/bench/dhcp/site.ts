import { join } from 'node:path';
import { openStore } from '../../../mgmt/db/store.ts';
import { tables } from '../../../mgmt/db/tables.ts';
import { fewestGroups, fillSite } from '../tables/site.ts';

/**
 * A management node below `directory` whose nodes are all in one network. The check of a
 * configuration by the server's own program is part of what makedhcp does, and of what is measured.
 */
export async function fillDhcp(directory: string, nodes: number, backend: string): Promise<void> {
  const store = openStore(join(directory, 'state/statelite.db'));
  try {
    await fillSite(store, { nodes, groups: Math.max(fewestGroups, Math.ceil(nodes / 50)) });
    await store.transaction(async (rows) => {
      await rows.upsert(tables.networks, {
        net: '10.0.0.0',
        mask: '255.0.0.0',
        dhcpserver: '10.255.255.254',
      });
      await rows.upsert(tables.site, { key: 'dhcpbackend', value: backend });
    });
  } finally {
    await store.close();
  }
}
