import { StateliteError } from '../../agent/errors.ts';
import { defaultRows } from './default-rows.ts';
import { historyTables } from './history-tables.ts';
import { columnSql, type Table } from './table.ts';
import { tables } from './tables.ts';

/** Raise it with every change of tables.ts, so that existing databases are looked at. */
export const schemaVersion = 3;

/** Tables and columns that a database has. */
export type Present = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The statements that bring a database up to `schemaVersion`: missing tables are made, with their
 * default rows, and missing columns added. `createTable` is the database's own SQL.
 */
export function migrationSql(present: Present, createTable: (table: Table) => string): string[] {
  return [...Object.values<Table>(tables), ...historyTables].flatMap((table) => {
    const columns = present.get(table.name);
    return columns === undefined
      ? [createTable(table), ...(defaultRows[table.name] ?? []).map((row) => insertSql(table, row))]
      : missingColumns(table, columns);
  });
}

/** Throws ERR_STATELITE_DATABASE for the database of a newer statelite. */
export function refuseNewer(version: number): void {
  if (version <= schemaVersion) return;
  throw new StateliteError(
    'ERR_STATELITE_DATABASE',
    `the database has version ${version}, this statelite knows ${schemaVersion}`,
    { hint: 'use the statelite that wrote it, or a newer one' },
  );
}

function missingColumns(table: Table, present: ReadonlySet<string>): string[] {
  return Object.entries(table.columns)
    .filter(([name]) => !present.has(name))
    .map(([name, column]) => `ALTER TABLE "${table.name}" ADD COLUMN ${columnSql(name, column)}`);
}

function insertSql({ name }: Table, row: Readonly<Record<string, string>>): string {
  const columns = Object.keys(row).map((column) => `"${column}"`);
  const values = Object.values(row).map((value) => `'${value.replaceAll("'", "''")}'`);
  return `INSERT INTO "${name}" (${columns.join(', ')}) VALUES (${values.join(', ')})`;
}
