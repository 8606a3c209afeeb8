import type { Logger } from '../../agent/log.ts';
import { type Run, withCommands } from '../commands/with-commands.ts';
import { answerFor, statemntOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { mayRunCommands } from '../core/commands.ts';
import { expandNoderange } from '../core/noderange.ts';
import { stockLitefile, stockLitetree } from '../core/stock-answer.ts';
import { partitionOf } from '../core/stock-partition.ts';
import { type AddressBook, addressOrigin, createAddressBook } from './address-book.ts';
import { boundedCache } from './bounded-cache.ts';
import { mypostscriptOf } from '../postscripts/mypostscript.ts';
import type { NodeStatus, View } from './deps.ts';
import { sharedReplies } from './shared-replies.ts';
import { decide } from './policy.ts';

/** One wrong row of a group is wrong for each of its nodes: so many are named. */
const maxLogged = 5;
/** Answers that are remembered; a kilobyte each, what nodes of an image share not counted. */
const maxAnswers = 4096;

/**
 * Makes the daemon's views of the tables, each of one moment. Who has which address is worked out
 * again only if it may have changed, which a node's status is not; then addresses that two nodes
 * claim, and hosts rows that tell a node none, are logged. `run` runs commands of `#CMD=...#`, if
 * the tables let them run. `latest` is the status of a node that is newer than the cluster.
 */
export function createViews(
  log: Logger,
  run: Run,
): (cluster: Cluster, latest?: LatestStatus) => View {
  let last: { readonly origin: string; readonly book: AddressBook } | undefined;
  return (cluster, latest = () => undefined) => {
    const origin = addressOrigin(cluster);
    if (last?.origin !== origin) {
      last = { origin, book: createAddressBook(cluster) };
      logProblems(log, last.book);
    }
    return createView(cluster, last.book, run, latest);
  };
}

type LatestStatus = (node: string) => NodeStatus | undefined;

function createView(
  cluster: Cluster,
  { identify }: AddressBook,
  run: Run,
  latest: LatestStatus,
): View {
  const runs = mayRunCommands(cluster);
  const prepared = async (node: string) => (runs ? withCommands(cluster, [node], run) : cluster);
  const answer = boundedCache(maxAnswers, (node) => answerFor(node, cluster));
  const statemnt = boundedCache(maxAnswers, (node) => statemntOf(node, cluster));
  return {
    identify,
    decide: (peer, request) => decide(cluster, peer, request),
    answerFor: async (node) => (runs ? answerFor(node, await prepared(node)) : answer(node)),
    statemntFor: async (node) => (runs ? statemntOf(node, await prepared(node)) : statemnt(node)),
    stockLines: async (node, list) =>
      list === 'litefile'
        ? stockLitefile(node, cluster)
        : stockLitetree(node, await prepared(node)),
    litefileReply: sharedReplies(cluster),
    nodesIn: (noderange) => expandNoderange(noderange, cluster),
    partition: (node) => partitionOf(node, cluster),
    mypostscript: (node) => mypostscriptOf(node, cluster),
    nodes: () => nodeStatuses(cluster, latest),
  };
}

function nodeStatuses({ rows }: Cluster, latest: LatestStatus): NodeStatus[] {
  return rows.nodelist.map(
    ({ node, status, statustime }) =>
      latest(node) ?? {
        node,
        ...(status !== null && { status }),
        ...(statustime !== null && { statustime }),
      },
  );
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
