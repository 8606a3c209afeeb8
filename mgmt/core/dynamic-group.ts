import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from './attributes.ts';
import type { Cluster } from './cluster.ts';
import { suggest } from './nearest.ts';
import { type NodeCondition, nodeColumn, parseTest } from './node-condition.ts';
import { nodeAttributes } from './objects/node-attributes.ts';

/** What was worked out for the tables of one moment. */
const known = new WeakMap<Cluster, Map<string, readonly string[]>>();

/**
 * The nodes of a group: those that satisfy all conditions of a dynamic one, else those whose
 * nodelist.groups names it, in the order of nodelist. A group that nodegroup names may have none;
 * undefined if there is no such group. Worked out once for a cluster. Throws ERR_STATELITE_TABLE for
 * bad conditions, and like `attributeOf`.
 */
export function membersOf(group: string, cluster: Cluster): readonly string[] | undefined {
  const members = known.get(cluster) ?? new Map<string, readonly string[]>();
  known.set(cluster, members);
  const found = members.get(group) ?? dynamicMembers(group, cluster) ?? cluster.groups.get(group);
  if (found !== undefined) members.set(group, found);
  return found;
}

function dynamicMembers(group: string, cluster: Cluster): string[] | undefined {
  const row = cluster.rows.nodegroup.find(({ groupname }) => groupname === group);
  if (row?.grouptype !== 'dynamic') return undefined;
  const conditions = parseWhere(row.wherevals ?? '', `nodegroup row groupname=${group}: wherevals`);
  return [...cluster.nodes].filter((node) =>
    conditions.every(({ table, column, holds }) =>
      holds(attributeOf(cluster, node, table, column)),
    ),
  );
}

/**
 * The conditions of a dynamic group (nodegroup.wherevals): `attribute OP value` with `::` between,
 * where the attribute is one of lsdef or `table.column`, and OP one of `==`, `!=`, `=~`, `!~`.
 * `where` names the row in errors: ERR_STATELITE_TABLE.
 */
export function parseWhere(text: string, where: string): NodeCondition[] {
  const items = text.split('::').filter((item) => item.trim() !== '');
  if (items.length === 0)
    refuse(`${where} is blank`, 'chdef -t group -o GROUP wherevals=mgt==ipmi');
  return items.map((item) => parseItem(item.trim(), where));
}

function parseItem(item: string, where: string): NodeCondition {
  const { attribute, test } = /^(?<attribute>[\w.-]+?)(?<test>[=!].*)$/su.exec(item)?.groups ?? {};
  if (attribute === undefined || test === undefined) refuse(`${where}: ${item} is no condition`);
  try {
    const holds = parseTest(test) ?? refuse(`${where}: ${item} is no condition`);
    return { ...locate(attribute, where), holds };
  } catch (error) {
    if (!(error instanceof StateliteError) || error.code !== 'ERR_STATELITE_USAGE') throw error;
    return refuse(`${where}: ${item}: ${error.message}`, error.hint);
  }
}

/** Where an attribute of a node is stored. */
function locate(attribute: string, where: string): ReturnType<typeof nodeColumn> {
  if (attribute === 'node') return { table: 'nodelist', column: 'node' };
  const stored = nodeAttributes.get(attribute);
  if (stored !== undefined) return nodeColumn(stored.table, stored.column);
  const [table = '', column] = attribute.split('.');
  if (column !== undefined) return nodeColumn(table, column);
  const hint = suggest(attribute, nodeAttributes.keys(), 'lsdef -h lists the attributes');
  return refuse(`${where}: a node has no attribute ${attribute}`, hint);
}

function refuse(problem: string, hint = 'write attribute==value, with !=, =~ or !~ for =='): never {
  throw new StateliteError('ERR_STATELITE_TABLE', problem, { hint });
}
