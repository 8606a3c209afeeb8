import { StateliteError } from '../../../agent/errors.ts';
import { type TableName, tables } from '../../db/tables.ts';
import { explicitlyEmpty } from '../attributes.ts';
import { isNodeTableName } from '../cluster.ts';
import { parseWhere } from '../dynamic-group.ts';
import { splitList } from '../list.ts';
import { validateRow } from '../validate-row.ts';
import { combine, type Mode } from './assignments.ts';
import { type Objects, valueOf } from './definition.ts';
import { whereOf } from './names.ts';
import type { Attribute } from './node-attributes.ts';
import { attributeNamed, type ObjectType, type TypeName } from './types.ts';

type Values = Readonly<Record<string, string | null>>;

/** A change of one row, as data. */
export type RowChange =
  | { readonly kind: 'set'; readonly table: TableName; readonly row: Values }
  | { readonly kind: 'remove'; readonly table: TableName; readonly where: Values };

/** An object as it is to be. */
export interface Wanted {
  readonly name: string;
  readonly assignments: ReadonlyMap<string, string>;
}

/** How it gets there. */
export interface Change {
  readonly mode: Mode;
  /** Of one that is replaced, the rows are removed first: what they hold does not count. */
  readonly state: 'new' | 'there' | 'replaced';
}

/**
 * The rows to write for an object, validated; a group's members are memberChanges' business. Only
 * columns that get another value are set. Throws ERR_STATELITE_NOT_FOUND for an unknown attribute,
 * ERR_STATELITE_USAGE for what is missing, ERR_STATELITE_ROW for what is refused.
 */
export function changesFor(
  type: ObjectType,
  { name, assignments }: Wanted,
  change: Change,
  objects: Objects,
): RowChange[] {
  const values = wantedValues(type, name, assignments, change, objects);
  if (type.name === 'site') {
    whereOf(type, name); // only one name is good
    return siteChanges(values);
  }
  const isNew = change.state !== 'there';
  if (isNew) refuseIncomplete(type, name, assignments);
  const touched = new Set([...(isNew ? [type.table] : []), ...values.map(({ table }) => table)]);
  return [...touched].flatMap((table) => {
    const own = values.filter((value) => value.table === table);
    const columns = Object.fromEntries(own.map(({ column, value }) => [column, value]));
    const before = change.state === 'replaced' ? undefined : objects.rowOf(type, table, name);
    const added = isNew && table === type.table ? initialColumns(type) : {};
    const key = keyFor(type, table, name);
    return rowChanges(type, table, before, { key, columns: { ...added, ...columns } });
  });
}

interface WantedValue {
  readonly attribute: string;
  readonly table: TableName;
  readonly column: string;
  /** Null: none. */
  readonly value: string | null;
}

function wantedValues(
  type: ObjectType,
  name: string,
  assignments: ReadonlyMap<string, string>,
  { mode, state }: Change,
  objects: Objects,
): WantedValue[] {
  const values: WantedValue[] = [];
  const newGroups = mode === 'set' ? assignments.get('groups') : undefined;
  const groups = newGroups === undefined ? objects.cluster.groupsOf(name) : splitList(newGroups);
  for (const [attribute, given] of assignments) {
    const spec = attributeNamed(type, attribute);
    if (type.name === 'group' && attribute === 'members') continue;
    // A value that is replaced may be a bad one.
    const counts = mode !== 'set' && state !== 'replaced';
    const now = counts ? valueOf(type, name, attribute, spec, objects) : undefined;
    const value = combine(mode, now?.value ?? '', given);
    if (attribute === 'wherevals' && value !== '') parseWhere(value, `group ${name}: wherevals`);
    const { table, column } = spec;
    const isHidden = value === '' && type.name === 'node' && inherits(groups, spec, objects);
    values.push({ attribute, table, column, value: isHidden ? explicitlyEmpty : value || null });
  }
  return values;
}

/** Whether a group has a value, which a blank of its node then hides (mgmt QUIRK-12). */
function inherits(
  groups: readonly string[],
  { table, column }: Attribute,
  { cluster }: Objects,
): boolean {
  if (table === 'nodelist' || !isNodeTableName(table)) return false;
  return groups.some((group) => cluster.rowOf(table, group)?.[column]);
}

/** Rows of the site are its attributes; a blank one is removed. */
function siteChanges(values: readonly WantedValue[]): RowChange[] {
  return values.map(({ attribute: key, value }) =>
    value === null
      ? { kind: 'remove', table: 'site', where: { key } }
      : { kind: 'set', table: 'site', row: { key, value } },
  );
}

/** A row that would hold nothing but its key is not added, unless the object is that row. */
function rowChanges(
  type: ObjectType,
  table: TableName,
  before: Values | undefined,
  { key, columns }: { readonly key: Values; readonly columns: Values },
): RowChange[] {
  const isOther = ([column, value]: [string, string | null]) =>
    (before?.[column] ?? '') !== (value ?? '');
  const changed = Object.fromEntries(Object.entries(columns).filter(isOther));
  const isAdded = before === undefined && table === type.table;
  if (!isAdded && Object.keys(changed).length === 0) return [];
  const where = before === undefined ? key : keyOfRow(table, before);
  const row = { ...where, ...changed };
  validateRow(table, { ...before, ...row });
  const moves = before !== undefined && tables[table].key.some((column) => column in changed);
  if (!moves) return [{ kind: 'set', table, row }];
  return [
    { kind: 'remove', table, where },
    { kind: 'set', table, row: { ...before, ...row } },
  ];
}

/** What the row of a new object has besides what is given. */
function initialColumns({ name: type }: ObjectType): Values {
  if (type === 'osimage') return { imagetype: 'linux' }; // mgmt QUIRK-8
  return type === 'group' ? { grouptype: 'static' } : {};
}

function keyFor(type: ObjectType, table: TableName, name: string): Values {
  return type.name === 'group' && table !== type.table ? { node: name } : whereOf(type, name);
}

function keyOfRow(table: TableName, row: Values): Values {
  return Object.fromEntries(tables[table].key.map((column) => [column, row[column] ?? '']));
}

/** What an object cannot be without, besides what its name says. */
const needed: Partial<Record<TypeName, readonly string[]>> = {
  node: ['groups'],
  network: ['net', 'mask'],
  litetree: ['directory'],
  statelite: ['statemnt'],
};

function refuseIncomplete(
  { name: type }: ObjectType,
  name: string,
  assignments: ReadonlyMap<string, string>,
): void {
  const missing = (needed[type] ?? []).filter(
    (attribute) => (assignments.get(attribute) ?? '') === '',
  );
  if (missing.length === 0) return;
  const [attribute] = missing;
  throw new StateliteError(
    'ERR_STATELITE_USAGE',
    `Attribute '${attribute}' is not specified for ${type} '${name}'.`,
    { hint: `add ${missing.map((each) => `${each}=...`).join(' ')}` },
  );
}
