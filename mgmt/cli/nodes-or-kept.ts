import type { Cluster } from '../core/cluster.ts';
import { nodeOfLine } from '../setup/hosts-lines.ts';
import type { Context } from './context.ts';
import { nodesOf } from './nodes-of.ts';

/**
 * Like `nodesOf`, and names of `kept` are understood too: what a server still has of a node can be
 * taken away after the node is gone from the tables.
 */
export function nodesOrKept(
  context: Pick<Context, 'cwd'>,
  cluster: Cluster,
  range: string,
  kept: Iterable<string>,
): string[] {
  return nodesOf(context, { ...cluster, nodes: new Set([...cluster.nodes, ...kept]) }, range);
}

/**
 * The nodes that a command about lines of hosts(5) names; undefined is all. With `delete`, nodes that
 * only have lines can be named.
 */
export function namedForLines(
  context: Pick<Context, 'cwd'>,
  cluster: Cluster,
  lines: readonly string[],
  request: { readonly noderange?: string | undefined; readonly delete: boolean },
): string[] | undefined {
  const { noderange, delete: remove } = request;
  if (noderange === undefined) return undefined;
  const kept = remove ? lines.flatMap((line) => nodeOfLine(line) ?? []) : [];
  return nodesOrKept(context, cluster, noderange, kept);
}
