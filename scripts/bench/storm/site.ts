import { join } from 'node:path';
import { openStore } from '../../../mgmt/db/store.ts';
import { tables } from '../../../mgmt/db/tables.ts';
import { ensureCertificates } from '../../../mgmt/setup/certificates.ts';
import { fewestGroups, fillSite, nodeName } from '../tables/site.ts';

/** The lines of the stock litefile list that each node is answered. */
export const answerRows = 44;

/**
 * A management node in `directory`: certificates for 127.0.0.1, and a database in which each node
 * has an address of the loopback interface.
 */
export async function fillStorm(directory: string, nodes: number): Promise<void> {
  await ensureCertificates(join(directory, 'etc'), ['127.0.0.1'], new Date());
  const store = openStore(join(directory, 'state/statelite.db'));
  try {
    await fillSite(store, { nodes, groups: Math.max(fewestGroups, Math.ceil(nodes / 50)) });
    await store.transaction(async (rows) => {
      const numbers = Array.from({ length: nodes }, (_, index) => index);
      await rows.upsertAll(
        tables.hosts,
        numbers.map((index) => ({ node: nodeName(index + 1), ip: addressOf(index) })),
      );
      // The sample has 42, all for ALL.
      for (const file of ['/etc/machine-id', '/var/lib/node/']) {
        await rows.insert(tables.litefile, { image: 'ALL', file, options: 'rw' });
      }
    });
  } finally {
    await store.close();
  }
}

/** The address of a node, counted from 0; 127.0.0.0/16 is left to others. */
export function addressOf(index: number): string {
  return [127, 1 + (index >> 16), (index >> 8) & 255, index & 255].join('.');
}
