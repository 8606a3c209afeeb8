import { hasCode } from '../../../agent/errors.ts';
import { type TableName, type TableRows, tables } from '../../db/tables.ts';
import { appendWords } from '../assignments.ts';
import { explicitlyEmpty, sourcedAttribute } from '../attributes.ts';
import { type Cluster, isEnabled, isNodeTableName } from '../cluster.ts';
import { membersOf } from '../dynamic-group.ts';
import { nameOf } from './names.ts';
import type { Attribute } from './node-attributes.ts';
import { type ObjectType, siteName } from './types.ts';

type StoredRow = Readonly<Record<string, string | null>>;

/** A value and where it comes from. */
export interface Shown {
  readonly value: string;
  /** For people: `node`, `group compute`, `group compute, regex`, else the table. */
  readonly from: string;
  /** Where it is stored, as `lsdef -V` says it. */
  readonly stored: string;
}

/** An object as it is now. */
export interface Definition {
  readonly type: ObjectType;
  readonly name: string;
  /** Those that have a value, sorted; what nodes inherit is among them. */
  readonly attributes: ReadonlyMap<string, Shown>;
  /** Values that cannot be worked out, such as a regex that does not fit the node. */
  readonly problems: readonly string[];
}

/** The tables of one moment. */
export interface Objects {
  /** All rows, also those out of use. */
  readonly rows: TableRows;
  /** The rows in use. */
  readonly cluster: Cluster;
  /** The row of an object in one of its tables, as it is stored. */
  readonly rowOf: (type: ObjectType, table: TableName, name: string) => StoredRow | undefined;
}

/** The row of postscripts whose scripts every node runs first. */
const everyNode = 'xcatdefaults';

/** Indexes a table when it is first asked for. */
export function indexObjects(rows: TableRows, cluster: Cluster): Objects {
  const indexes = new Map<string, ReadonlyMap<string, StoredRow>>();
  const rowOf: Objects['rowOf'] = (type, table, name) => {
    const id = `${type.name} ${table}`;
    const index = indexes.get(id) ?? indexTable(type, table, rows);
    indexes.set(id, index);
    return index.get(name);
  };
  return { rows, cluster, rowOf };
}

/** The names of all objects of a type, sorted. */
export function namesOf(type: ObjectType, { rows, cluster }: Objects): string[] {
  if (type.name === 'node') return [...cluster.nodes].toSorted();
  if (type.name === 'group') return [...cluster.groups.keys()].toSorted();
  if (type.name === 'site') return [siteName];
  const all: readonly StoredRow[] = rows[type.table];
  const shown = type.isRow ? all : all.filter((row) => isEnabled(disabledOf(row)));
  return shown.map((row) => nameOf(type, row)).toSorted();
}

/** Whether a name is taken; a row out of use takes it too. */
export function isDefined(type: ObjectType, name: string, { cluster, rowOf }: Objects): boolean {
  if (type.name === 'site') return name === siteName;
  if (type.name === 'group' && cluster.groups.has(name)) return true;
  return rowOf(type, type.table, name) !== undefined;
}

/** Reads an object. Of nodes, the scripts that all nodes run first are left out. */
export function definitionOf(type: ObjectType, name: string, objects: Objects): Definition {
  const attributes = type.name === 'site' ? siteAttributes(objects) : new Map<string, Shown>();
  const problems: string[] = [];
  for (const [attribute, spec] of type.attributes) {
    try {
      const shown = valueOf(type, name, attribute, spec, objects);
      if (shown !== undefined) attributes.set(attribute, shown);
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_ROW', 'ERR_STATELITE_TABLE')) throw error;
      problems.push(error.message);
    }
  }
  return { type, name, attributes, problems };
}

/** A node with the scripts that all nodes run first, as lsdef shows it. */
export function withDefaultScripts(node: Definition, { cluster }: Objects): Definition {
  const attributes = new Map(node.attributes);
  for (const column of ['postscripts', 'postbootscripts']) {
    const first = cluster.rowOf('postscripts', everyNode)?.[column] ?? '';
    const own = attributes.get(column);
    if (first === '') continue;
    attributes.set(column, {
      value: appendWords(first, own?.value ?? ''),
      from: own === undefined ? everyNode : `${everyNode}, ${own.from}`,
      stored: place('postscripts', 'node', column),
    });
  }
  const entries = [...attributes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...node, attributes: new Map(entries) };
}

/** One attribute as it counts now. Throws like `attributeOf` and `membersOf`. */
export function valueOf(
  type: ObjectType,
  name: string,
  attribute: string,
  spec: Attribute,
  objects: Objects,
): Shown | undefined {
  if (type.name === 'node') return nodeValue(name, spec, objects.cluster);
  if (type.name === 'site') return siteAttributes(objects).get(attribute);
  return rowValue(type, name, attribute, spec, objects);
}

function indexTable(
  type: ObjectType,
  table: TableName,
  rows: TableRows,
): ReadonlyMap<string, StoredRow> {
  const all: readonly StoredRow[] = rows[table];
  const inherits = type.name === 'group' && isNodeTableName(table);
  const name = (row: StoredRow) => (inherits ? (row['node'] ?? '') : nameOf(type, row));
  return new Map(all.map((row) => [name(row), row]));
}

function nodeValue(node: string, spec: Attribute, cluster: Cluster): Shown | undefined {
  const { table, column } = spec;
  if (!isNodeTableName(table)) throw new Error(`nodes have no row of ${table}`);
  const found = sourcedAttribute(cluster, node, table, column);
  if (found === undefined) return undefined;
  const { value, from } = found;
  const raw = cluster.rowOf(table, from)?.[column] ?? '';
  const regex = raw !== value && /^[/|]/u.test(raw) ? ', regex' : '';
  const source = from === node ? 'node' : `group ${from}`;
  return { value, from: source + regex, stored: place(table, 'node', column) };
}

/** Groups have what their own rows say, which is what their nodes inherit, as it is written. */
function rowValue(
  type: ObjectType,
  name: string,
  attribute: string,
  { table, column }: Attribute,
  { cluster, rowOf }: Objects,
): Shown | undefined {
  if (type.name === 'group' && attribute === 'members') {
    const value = (membersOf(name, cluster) ?? []).join(',');
    return { value, from: 'nodelist', stored: place('nodelist', 'node', 'groups') };
  }
  const row = rowOf(type, table, name);
  if (row !== undefined && !type.isRow && !isEnabled(disabledOf(row))) return undefined;
  const value = row?.[column] ?? '';
  if (value === '' || value === explicitlyEmpty) return defaultValue(attribute, table);
  return { value, from: table, stored: place(table, keyOf(type, table), column) };
}

/**
 * Stock hides half of an image without imagetype (mgmt QUIRK-8), and makes a static group for every
 * word in nodelist.groups.
 */
function defaultValue(attribute: string, table: TableName): Shown | undefined {
  const values: Readonly<Record<string, string>> = { imagetype: 'linux', grouptype: 'static' };
  const value = values[attribute];
  const [key = ''] = tables[table].key;
  return value === undefined
    ? undefined
    : { value, from: 'default', stored: place(table, key, attribute) };
}

function siteAttributes({ rows }: Objects): Map<string, Shown> {
  const used = rows.site.filter((row) => isEnabled(row) && row.value !== null);
  const entries = used.map(({ key, value }): [string, Shown] => [
    key,
    { value: value ?? '', from: 'site', stored: place('site', 'key', 'value') },
  ]);
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function keyOf(type: ObjectType, table: TableName): string {
  if (type.name === 'group') return table === 'nodegroup' ? 'groupname' : 'node';
  if (type.name === 'osimage') return 'imagename';
  const [key = ''] = type.name === 'network' ? ['netname'] : tables[table].key;
  return key;
}

function disabledOf(row: StoredRow): { readonly disable: string | null } {
  return { disable: row['disable'] ?? null };
}

function place(table: TableName, key: string, column: string): string {
  return `(Table:${table} - Key:${key} - Column:${column})`;
}
