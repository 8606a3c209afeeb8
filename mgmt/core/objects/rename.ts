import { StateliteError } from '../../../agent/errors.ts';
import type { Column, Table } from '../../db/table.ts';
import { type TableName, tables } from '../../db/tables.ts';
import { splitList } from '../list.ts';
import { validateRow } from '../validate-row.ts';
import type { RowChange } from './changes.ts';
import { isDefined, type Objects } from './definition.ts';
import { whereOf } from './names.ts';
import type { ObjectType } from './types.ts';

type Values = Readonly<Record<string, string | null>>;

/** What a rename writes, and in which columns other than the object's own it found the name. */
export interface Renaming {
  readonly changes: readonly RowChange[];
  /** `litefile.image` and how many of its rows changed. */
  readonly also: ReadonlyMap<string, number>;
}

/**
 * The rows that change when an object that there is gets another name: its own, and all that refer
 * to it (mgmt QUIRK-7). Throws ERR_STATELITE_USAGE for a site or group and for a name that is taken
 * or cannot be one.
 */
export function renameChanges(
  type: ObjectType,
  from: string,
  to: string,
  objects: Objects,
): Renaming {
  if (type.name === 'site' || type.name === 'group') {
    refuse(`an object of type '${type.name}' cannot be renamed`, 'make another, remove this one');
  }
  const after = whereOf(type, to);
  if (isDefined(type, to, objects)) {
    refuse(`A definition for '${to}' already exists.`, 'choose another name, or rmdef that object');
  }
  const changes: RowChange[] = [];
  const also = new Map<string, number>();
  for (const table of Object.values<Table>(tables)) {
    const name = tableName(table);
    const own = ownRow(type, name, from, objects);
    if (own !== undefined) validateRow(name, { ...own, ...after });
    const references = referring(table, type);
    const all: readonly Values[] = objects.rows[name];
    for (const row of all) {
      const renamed = references.filter((column) => mentions(row[column] ?? '', from));
      const isOwn = row === own;
      if (renamed.length === 0 && !isOwn) continue;
      const values = renamed.map((column) => [column, withName(row[column] ?? '', from, to)]);
      const columns = { ...Object.fromEntries(values), ...(isOwn && after) };
      changes.push(...moved(table, row, columns));
      // The rows that node tables have for a node are its own.
      const others = renamed.filter((column) => !isOwn && column !== 'node');
      for (const column of others) {
        const place = `${name}.${column}`;
        also.set(place, (also.get(place) ?? 0) + 1);
      }
    }
  }
  return { changes, also };
}

/** The row that is the object, or part of it. */
function ownRow(
  type: ObjectType,
  table: TableName,
  name: string,
  { rowOf }: Objects,
): Values | undefined {
  const isPart = type.name === 'node' ? table === type.table : type.tables.includes(table);
  return isPart ? rowOf(type, table, name) : undefined;
}

/** The columns that hold names of objects of the type. */
function referring({ columns }: Table, { name, table }: ObjectType): string[] {
  if (name !== 'node' && name !== 'osimage') return [];
  const [key = ''] = tables[table].key;
  return Object.entries<Column>(columns)
    .filter(([, { refers }]) => refers === `${table}.${key}`)
    .map(([column]) => column);
}

function mentions(list: string, name: string): boolean {
  return splitList(list).includes(name);
}

/** The words of a comma list with one replaced. */
function withName(list: string, from: string, to: string): string {
  return list
    .split(',')
    .map((word) => (word.trim() === from ? to : word))
    .join(',');
}

/** A row under another key is another row. */
function moved(table: Table, before: Values, columns: Values): RowChange[] {
  const name = tableName(table);
  const keyOf = (row: Values) =>
    Object.fromEntries(table.key.map((column) => [column, row[column] ?? '']));
  const row = { ...before, ...columns };
  if (!table.key.some((column) => column in columns)) {
    return [{ kind: 'set', table: name, row: { ...keyOf(before), ...columns } }];
  }
  return [
    { kind: 'remove', table: name, where: keyOf(before) },
    { kind: 'set', table: name, row },
  ];
}

function tableName({ name }: Table): TableName {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each is a value of `tables`
  return name as TableName;
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, { hint });
}
