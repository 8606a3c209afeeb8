import { hasCode, StateliteError } from '../../agent/errors.ts';
import type { Cluster, NodeTableName } from './cluster.ts';

/** Says that a node has no value, whatever its groups have (mgmt QUIRK-12). */
export const explicitlyEmpty = '|^.*$||';

/** Stands for the node's xcatmaster in columns that name servers. */
const masterPlaceholder = '<xcatmaster>';

/** At the end of a value: the next row that has one adds to it. */
const nextRecord = '+=NEXTRECORD';

/** What a column is worth for a node, and the node or group whose row says so. */
export interface SourcedValue {
  readonly value: string;
  readonly from: string;
}

/** The value of `sourcedAttribute` alone. */
export function attributeOf(
  cluster: Cluster,
  node: string,
  table: NodeTableName,
  column: string,
): string | undefined {
  return sourcedAttribute(cluster, node, table, column)?.value;
}

/**
 * A column as it counts for a node (reference 2.6): its own row's, else the first of its groups'
 * rows, in their order, that has one; for hierarchical columns all of them, of which `from` names
 * the first. Regex values are worked out for the node; an empty result is no value, and nothing is
 * inherited in its place. Undefined if no row has one. nodelist is not inherited. Throws
 * ERR_STATELITE_ROW, naming the row, for a regex value that is bad or cannot take the node's name.
 */
export function sourcedAttribute(
  cluster: Cluster,
  node: string,
  table: NodeTableName,
  column: string,
): SourcedValue | undefined {
  const delimiter = cluster.hierarchical.get(column);
  let found: { readonly from: string; readonly values: string[] } | undefined;
  for (const from of heirsOf(cluster, node, table)) {
    const stored = cluster.rowOf(table, from)?.[column] ?? undefined;
    if (stored === undefined) continue;
    if (column === 'node') return { value: node, from };
    const more = stored.endsWith(nextRecord);
    const value = valueFor(cluster, node, { table, column, from }, withoutMark(stored, more));
    if (value !== undefined) {
      if (delimiter === undefined && !more && found === undefined) return { value, from };
      found ??= { from, values: [] };
      found.values.push(value);
    }
    if (value === undefined || (delimiter === undefined && !more)) break;
  }
  return found && { value: joined(found.values, delimiter), from: found.from };
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

/** The names whose rows may speak for a node. */
function heirsOf(cluster: Cluster, node: string, table: NodeTableName): readonly string[] {
  return table === 'nodelist' ? [node] : [node, ...cluster.groupsOf(node)];
}

function withoutMark(stored: string, marked: boolean): string {
  return marked ? stored.slice(0, -nextRecord.length) : stored;
}

/** Parts of a hierarchical column: each word once. Others are put together as they are. */
function joined(values: readonly string[], delimiter: string | undefined): string {
  if (delimiter === undefined) return values.join('');
  return [...new Set(values.flatMap((value) => value.split(delimiter)))].join(delimiter);
}

/** A stored value worked out for a node; undefined if it is empty then. */
function valueFor(
  cluster: Cluster,
  node: string,
  { table, column, from }: { table: NodeTableName; column: string; from: string },
  stored: string,
): string | undefined {
  if (!mayBeRegex(table, stored)) return stored;
  try {
    const regex = cluster.regexValue(stored);
    return regex === undefined ? stored : regex(node);
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_ROW', 'ERR_STATELITE_USAGE')) throw error;
    const problem = `${table} row node=${from}: ${column} ${stored} for ${node}: ${error.message}`;
    throw new StateliteError('ERR_STATELITE_ROW', problem, {
      hint: `correct it, or give the node its own: chtab node=${node} ${table}.${column}=...`,
    });
  }
}

/** A directory `/x/y/` is one where statelite's own tables have it (mgmt QUIRK-14). */
function mayBeRegex(table: NodeTableName, stored: string): boolean {
  return stored.startsWith('|') || (stored.startsWith('/') && table !== 'statelite');
}
