import type { Logger } from '../../agent/log.ts';
import { answerFor } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { stockLitefile, stockLitetree } from '../core/stock-answer.ts';
import { createAddressBook } from './address-book.ts';
import type { View } from './deps.ts';
import { isAllowed } from './policy.ts';

/** The daemon's view of the tables of one moment. Addresses that two nodes claim are logged. */
export function createView(cluster: Cluster, log: Logger): View {
  const { identify, ambiguous } = createAddressBook(cluster.rows.hosts, cluster.nodes);
  for (const { address, nodes } of ambiguous) {
    log.warn(
      `hosts table: ${address} belongs to ${nodes.join(' and ')}, neither is answered there`,
    );
  }
  return {
    identify,
    isAllowed: (node, command) => isAllowed(cluster.rows.policy, node, command),
    answerFor: (node) => answerFor(node, cluster),
    stockLines: (node, list) =>
      list === 'litefile' ? stockLitefile(node, cluster) : stockLitetree(node, cluster),
  };
}

/**
 * Keeps what `build` made until `version` changes. Who asks while it is being built waits for the
 * same one; a failed build is tried again by the next who asks.
 */
export function cachedByVersion<T>(
  version: () => Promise<string>,
  build: () => Promise<T>,
): () => Promise<T> {
  let made: { readonly version: string; readonly value: Promise<T> } | undefined;
  return async () => {
    const now = await version();
    if (made?.version === now) return made.value;
    const value = build();
    made = { version: now, value };
    try {
      return await value;
    } catch (error) {
      if (made?.value === value) made = undefined;
      throw error;
    }
  };
}
