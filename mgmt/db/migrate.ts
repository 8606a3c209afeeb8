import type { DatabaseSync } from 'node:sqlite';
import { StateliteError } from '../../agent/errors.ts';
import { defaultRows } from './default-rows.ts';
import { columnSql, createTableSql, type Table } from './table.ts';
import { tables } from './tables.ts';

/** Raise it with every change of tables.ts, so that existing databases are looked at. */
export const schemaVersion = 1;

/**
 * Brings a database up to `schemaVersion` in one transaction: missing tables are made, with their
 * default rows, and missing columns added. A database of a newer statelite is refused.
 */
export function migrate(db: DatabaseSync): void {
  if (versionOf(db) === schemaVersion) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have done it while this one waited for the lock.
    if (versionOf(db) < schemaVersion) update(db);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(db: DatabaseSync): number {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version <= schemaVersion) return version;
  throw new StateliteError(
    'ERR_STATELITE_DATABASE',
    `the database has version ${version}, this statelite knows ${schemaVersion}`,
    { hint: 'use the statelite that wrote it, or a newer one' },
  );
}

function update(db: DatabaseSync): void {
  const columnsOf = db.prepare('SELECT name FROM pragma_table_info(?)');
  for (const table of Object.values<Table>(tables)) {
    const present = new Set(columnsOf.all(table.name).map(({ name }) => name));
    if (present.size === 0) create(db, table);
    else addColumns(db, table, present);
  }
  db.exec(`PRAGMA user_version = ${schemaVersion}`);
}

function create(db: DatabaseSync, table: Table): void {
  db.exec(createTableSql(table));
  for (const row of defaultRows[table.name] ?? []) {
    const columns = Object.keys(row);
    const names = columns.map((column) => `"${column}"`).join(', ');
    const values = columns.map(() => '?').join(', ');
    db.prepare(`INSERT INTO "${table.name}" (${names}) VALUES (${values})`).run(
      ...Object.values(row),
    );
  }
}

function addColumns(db: DatabaseSync, table: Table, present: ReadonlySet<unknown>): void {
  for (const [name, column] of Object.entries(table.columns)) {
    if (present.has(name)) continue;
    db.exec(`ALTER TABLE "${table.name}" ADD COLUMN ${columnSql(name, column)}`);
  }
}
