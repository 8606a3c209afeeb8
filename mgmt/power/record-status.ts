import { formatStatusTime } from '../../agent/protocol/status.ts';
import type { Cluster } from '../core/cluster.ts';
import type { Store } from '../db/store.ts';
import { tables } from '../db/tables.ts';
import { type PowerOperation, statusAfter } from './operate.ts';

/**
 * Makes what writes nodelist.status after a node was switched, as stock does, unless site.nodestatus
 * says no. A node that has reported something since the tables were read has the last word.
 */
export function statusRecorder(
  cluster: Cluster,
  store: Pick<Store, 'note'>,
): (node: string, operation: PowerOperation, said: string) => Promise<void> {
  const isWanted = !/^(?:0|n|no)$/iu.test(cluster.site.get('nodestatus') ?? '');
  return async (node, operation, said) => {
    const before = cluster.rowOf('nodelist', node);
    const state = cluster.rowOf('chain', node)?.['currstate'] ?? '';
    const netboots = /^(?:statelite|netboot|install)\b/u.test(state);
    const status = statusAfter(operation, { said, netboots });
    if (!isWanted || status === undefined || before === undefined) return;
    await store.note(async (rows) => {
      const [now] = await rows.select(tables.nodelist, { node });
      if (now === undefined || now.statustime !== before['statustime']) return;
      const statustime = formatStatusTime(new Date());
      await rows.upsert(tables.nodelist, { node, status, statustime });
    });
  };
}
