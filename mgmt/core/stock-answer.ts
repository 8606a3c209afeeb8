import { answerFor, imageOf } from './answer-for.ts';
import type { Cluster } from './cluster.ts';
import { stockFileLine, stockTreeLine, stockTrees } from './stock-lines.ts';

/** What `litefile` prints for a node and a stock node reads: `n1: tmpfs,rw      /etc/adjtime`. */
export function stockLitefile(node: string, cluster: Cluster): string[] {
  const { stockFiles } = cluster.rowsFor(imageOf(node, cluster));
  return stockFiles().map((file) => `${node}: ${stockFileLine(file)}`);
}

/** What `litetree` prints for a node and a stock node reads: `n1: server:/dir :soft`. */
export function stockLitetree(node: string, cluster: Cluster): string[] {
  const { litetree } = answerFor(node, cluster);
  return stockTrees(litetree).map((tree) => `${node}: ${stockTreeLine(tree)}`);
}
