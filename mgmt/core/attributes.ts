import type { Cluster, NodeTableName } from './cluster.ts';

/** Stands for the node's xcatmaster in columns that name servers. */
const masterPlaceholder = '<xcatmaster>';

/**
 * A column as it counts for a node: its own row's, else the first of its groups' rows, in their
 * order, that has one. Undefined if no row has. nodelist is not inherited.
 */
export function attributeOf(
  cluster: Cluster,
  node: string,
  table: NodeTableName,
  column: string,
): string | undefined {
  const heirs = table === 'nodelist' ? [node] : [node, ...cluster.groupsOf(node)];
  for (const name of heirs) {
    const value = cluster.rowOf(table, name)?.[column] ?? undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The management or service node as the node names it: noderes.xcatmaster, else site.master. */
export function masterOf(cluster: Cluster, node: string): string | undefined {
  const own = attributeOf(cluster, node, 'noderes', 'xcatmaster');
  return own === undefined || own === masterPlaceholder ? cluster.site.get('master') : own;
}

/** Like `attributeOf`; a server written as `<xcatmaster>` is the node's master (QUIRK-30). */
export function serverOf(
  cluster: Cluster,
  node: string,
  table: NodeTableName,
  column: string,
): string | undefined {
  const value = attributeOf(cluster, node, table, column);
  return value === masterPlaceholder ? masterOf(cluster, node) : value;
}
