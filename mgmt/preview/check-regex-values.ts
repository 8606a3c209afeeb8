import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import { type Cluster, isNodeTableName, type NodeTableName } from '../core/cluster.ts';
import { type Finding, findingOf } from './finding.ts';

/** A column of which some row has a value that may be made from a node's name. */
interface Suspect {
  readonly table: NodeTableName;
  readonly column: string;
}

interface Failed {
  readonly first: StateliteError;
  readonly nodes: string[];
}

/**
 * Values made from nodes' names (reference 2.7) that fail: a finding for each row and column, with
 * the nodes it fails for and what is wrong for the first of them. Linear in nodes and rows.
 */
export function checkRegexValues(cluster: Cluster): Finding[] {
  return suspects(cluster).flatMap((suspect) => {
    const failed = new Map<string, Failed>();
    for (const node of cluster.nodes) {
      const error = failureOf(node, suspect, cluster);
      if (error === undefined) continue;
      const row = rowFor(node, suspect, cluster);
      const known = failed.get(row);
      if (known === undefined) failed.set(row, { first: error, nodes: [node] });
      else known.nodes.push(node);
    }
    return [...failed.values()].map(({ first, nodes }) => findingOf(first, { nodes }));
  });
}

function suspects({ rows }: Cluster): Suspect[] {
  const found = new Map<string, Suspect>();
  for (const [table, all] of Object.entries(rows)) {
    if (!isNodeTableName(table)) continue;
    for (const [column, value] of all.flatMap((row) => Object.entries(row))) {
      if (value !== null && /^[|/]/u.test(value))
        found.set(`${table}.${column}`, { table, column });
    }
  }
  return [...found.values()];
}

function failureOf(
  node: string,
  { table, column }: Suspect,
  cluster: Cluster,
): StateliteError | undefined {
  try {
    attributeOf(cluster, node, table, column);
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError && error.code === 'ERR_STATELITE_ROW') return error;
    throw error;
  }
}

/** Whose row speaks for a node first. */
function rowFor(node: string, { table, column }: Suspect, cluster: Cluster): string {
  const heirs = [node, ...cluster.groupsOf(node)];
  return heirs.find((name) => typeof cluster.rowOf(table, name)?.[column] === 'string') ?? node;
}
