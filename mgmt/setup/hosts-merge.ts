import type { Cluster } from '../core/cluster.ts';
import { clashes } from './hosts-clashes.ts';
import { hostLines, type HostLinesOptions, nodeOfLine } from './hosts-lines.ts';

export interface MergeRequest extends HostLinesOptions {
  /** Lines of other nodes go. */
  readonly new: boolean;
  /** Lines of these nodes go, and nothing comes. */
  readonly delete: boolean;
  /** As the command line has it. */
  readonly longnamefirst?: boolean;
}

/**
 * The lines that nodes have after a change of some of them. With all, which is `nodes` undefined,
 * those of nodes that no table knows any more go; else they come last. In the order of nodelist.
 */
export function mergeLines(
  now: readonly string[],
  nodes: readonly string[] | undefined,
  cluster: Cluster,
  request: MergeRequest,
): { lines: string[]; notes: readonly string[] } {
  const named = nodes ?? [...cluster.nodes];
  if (request.delete) {
    const gone = new Set(named);
    const lines = now.filter((line) => nodes !== undefined && !gone.has(nodeOfLine(line) ?? ''));
    return { lines, notes: [] };
  }
  const longFirst = request.longnamefirst ?? false;
  const { lines: made, notes } = hostLines(named, cluster, { longFirst });
  const set = new Set(named);
  const isOnly = request.new || nodes === undefined;
  const kept = isOnly ? [] : now.filter((line) => !set.has(nodeOfLine(line) ?? ''));
  const byNode = new Map<string, readonly string[]>(made);
  for (const [node, lines] of Map.groupBy(kept, (line) => nodeOfLine(line) ?? '')) {
    byNode.set(node, lines);
  }
  const order = [...cluster.nodes].filter((node) => byNode.has(node));
  const gone = [...byNode.keys()].filter((node) => !cluster.nodes.has(node));
  const lines = [...order, ...gone].flatMap((node) => byNode.get(node) ?? []);
  return { lines, notes: [...notes, ...clashes(lines)] };
}
