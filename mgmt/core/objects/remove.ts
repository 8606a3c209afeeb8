import { isNodeTable } from '../cluster.ts';
import { type TableName, tables } from '../../db/tables.ts';
import type { RowChange } from './changes.ts';
import type { Objects } from './definition.ts';
import { leaveGroups } from './members.ts';
import type { ObjectType } from './types.ts';

type Values = Readonly<Record<string, string | null>>;

/** What would be left behind by images that are removed. */
export interface Leftovers {
  /** What still names them, for people: `litefile: 3 rows`, `nodetype: n1,n2`. */
  readonly words: readonly string[];
  /** The litefile and litetree rows among it, to be removed. */
  readonly changes: readonly RowChange[];
}

/**
 * The rows to remove for objects that there are: of nodes from every table of nodes, of groups also
 * what their nodes inherit from them.
 */
export function removalOf(
  type: ObjectType,
  names: readonly string[],
  objects: Objects,
): RowChange[] {
  const rows = names.flatMap((name) => ownRows(type, name, objects));
  return type.name === 'group' ? [...rows, ...leaveGroups(names, objects)] : rows;
}

/** The rows of one object itself; the members of a group stay. */
export function ownRows(type: ObjectType, name: string, objects: Objects): RowChange[] {
  if (type.name === 'site') {
    return objects.rows.site.map(({ key }) => ({ kind: 'remove', table: 'site', where: { key } }));
  }
  const ofNodes = type.name === 'node' || type.name === 'group';
  const names = ofNodes ? [...new Set([...nodeTables(), type.table])] : type.tables;
  return names
    .filter((table) => type.name !== 'group' || table !== 'nodelist')
    .flatMap((table) => {
      const row = objects.rowOf(type, table, name);
      return row === undefined ? [] : [removed(table, keyOf(table, row))];
    });
}

/** What still names images, by the exact name. */
export function leftoversOf(images: readonly string[], { rows }: Pick<Objects, 'rows'>): Leftovers {
  const gone = new Set(images);
  const litefile = rows.litefile.filter(({ image }) => gone.has(image.trim()));
  const litetree = rows.litetree.filter(({ image }) => gone.has(image.trim()));
  const nodes = rows.nodetype.filter(({ provmethod }) => gone.has(provmethod ?? ''));
  const words = [
    ...(litefile.length > 0 ? [`litefile: ${litefile.length} rows`] : []),
    ...(litetree.length > 0 ? [`litetree: ${litetree.length} rows`] : []),
    ...(nodes.length > 0
      ? [`nodetype.provmethod of ${nodes.map(({ node }) => node).join(',')}`]
      : []),
  ];
  const changes = [
    ...litefile.map((row) => removed('litefile', keyOf('litefile', row))),
    ...litetree.map((row) => removed('litetree', keyOf('litetree', row))),
  ];
  return { words, changes };
}

function nodeTables(): TableName[] {
  return Object.values(tables)
    .map(({ name }) => name)
    .filter(isNodeTable);
}

function removed(table: TableName, where: Values): RowChange {
  return { kind: 'remove', table, where };
}

/** Of a table with several rows for a node, all go. */
function keyOf(table: TableName, row: Values): Values {
  const key: readonly string[] = tables[table].key;
  const columns = key.includes('node') ? ['node'] : key;
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? '']));
}
