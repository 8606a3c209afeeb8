import { StateliteError } from '../../agent/errors.ts';
import type { Table } from './table.ts';

/** A row, or some columns of one, as the database has it. */
export type Stored = Record<string, string | null>;

/** Every column of a row to add. Throws ERR_STATELITE_TABLE, naming table, row and column. */
export function storedRow(table: Table, row: Readonly<Stored>): Stored {
  const blank = Object.fromEntries(Object.keys(table.columns).map((column) => [column, null]));
  return storedValues(table, { ...blank, ...row }, row);
}

/** Given columns of a row to change or to find. Throws like `storedRow`. */
export function storedValues(table: Table, values: Readonly<Stored>, row = values): Stored {
  return Object.fromEntries(
    Object.entries(values).map(([column, value]) => [
      column,
      storedValue(table, column, value, row),
    ]),
  );
}

/** The part of a row that says which one it is; parts left out are ''. */
export function storedKey(table: Table, row: Readonly<Stored>): Stored {
  const key = Object.fromEntries(table.key.map((column) => [column, row[column] ?? '']));
  return storedValues(table, key, row);
}

/** The key of a whole row as text: the same text is the same row. */
export function keyText({ key }: Table, row: Readonly<Stored>): string {
  return JSON.stringify(Object.fromEntries(key.map((column) => [column, row[column]])));
}

/** `litefile row image=ALL,file=/tmp/`, for messages. */
export function nameRow({ name, key }: Table, row: Readonly<Stored>): string {
  return `${name} row ${key.map((column) => `${column}=${row[column] ?? ''}`).join(',')}`;
}

function storedValue(
  table: Table,
  column: string,
  value: string | null,
  row: Readonly<Stored>,
): string | null {
  const spec = Object.hasOwn(table.columns, column) ? table.columns[column] : undefined;
  if (spec === undefined) {
    throw new StateliteError(
      'ERR_STATELITE_TABLE',
      `the ${table.name} table has no column ${JSON.stringify(column)}`,
      { hint: `its columns: ${Object.keys(table.columns).join(', ')}` },
    );
  }
  if (value?.includes('\0') === true) {
    // PostgreSQL has no such texts, and a table must mean the same everywhere.
    throw new StateliteError(
      'ERR_STATELITE_TABLE',
      `${nameRow(table, row)}: ${column} must not have a NUL character`,
    );
  }
  if (value !== null && value !== '') return value;
  if (!spec.required) return null;
  if (spec.blank) return '';
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `${nameRow(table, row)}: ${column} must not be blank`,
    { hint: spec.doc },
  );
}
