import type { Logger } from '../../agent/log.ts';
import { type Run, withCommands } from '../commands/with-commands.ts';
import { answerFor } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { stockLitefile, stockLitetree } from '../core/stock-answer.ts';
import { type AddressBook, addressOrigin, createAddressBook } from './address-book.ts';
import type { View } from './deps.ts';
import { isAllowed } from './policy.ts';

/** One wrong row of a group is wrong for each of its nodes: so many are named. */
const maxLogged = 5;

/**
 * Makes the daemon's views of the tables, each of one moment. Who has which address is worked out
 * again only if it may have changed, which a node's status is not; then addresses that two nodes
 * claim, and hosts rows that tell a node none, are logged. `run` runs commands of `#CMD=...#`, if
 * the tables let them run.
 */
export function createViews(log: Logger, run: Run): (cluster: Cluster) => View {
  let last: { readonly origin: string; readonly book: AddressBook } | undefined;
  return (cluster) => {
    const origin = addressOrigin(cluster);
    if (last?.origin !== origin) {
      last = { origin, book: createAddressBook(cluster) };
      logProblems(log, last.book);
    }
    return createView(cluster, last.book, run);
  };
}

function createView(cluster: Cluster, { identify }: AddressBook, run: Run): View {
  const prepared = (node: string) => withCommands(cluster, [node], run);
  return {
    identify,
    isAllowed: (node, command) => isAllowed(cluster.rows.policy, node, command),
    answerFor: async (node) => answerFor(node, await prepared(node)),
    stockLines: async (node, list) =>
      list === 'litefile'
        ? stockLitefile(node, cluster)
        : stockLitetree(node, await prepared(node)),
  };
}

function logProblems(log: Logger, book: AddressBook): void {
  const shared = book.ambiguous.map(
    ({ address, nodes }) =>
      `hosts table: ${address} belongs to ${enumerated(nodes)}, none of them is answered there`,
  );
  const problems = [...shared, ...book.problems];
  for (const problem of problems.slice(0, maxLogged)) log.warn(problem);
  const more = problems.length - maxLogged;
  if (more > 0) log.warn(`hosts table: ${more} more nodes or addresses like these`);
}

function enumerated(nodes: readonly string[]): string {
  const more = nodes.length - maxLogged;
  return nodes.slice(0, maxLogged).join(', ') + (more > 0 ? ` and ${more} more` : '');
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
