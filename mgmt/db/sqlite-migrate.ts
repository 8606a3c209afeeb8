import type { DatabaseSync } from 'node:sqlite';
import { migrationSql, type Present, refuseNewer, schemaVersion } from './migrate.ts';
import { createTableSql } from './table.ts';

/** Brings a file up to `schemaVersion` in one transaction. Several processes may at once. */
export function migrateSqlite(db: DatabaseSync): void {
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

function update(db: DatabaseSync): void {
  for (const sql of migrationSql(presentIn(db), createTableSql)) db.exec(sql);
  db.exec(`PRAGMA user_version = ${schemaVersion}`);
}

function versionOf(db: DatabaseSync): number {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  refuseNewer(version);
  return version;
}

function presentIn(db: DatabaseSync): Present {
  const columns = db
    .prepare(
      'SELECT t.name AS "table", c.name AS "column" FROM pragma_table_list AS t, pragma_table_info(t.name) AS c',
    )
    .all();
  const byTable = Map.groupBy(columns, ({ table }) => String(table));
  return new Map(
    [...byTable].map(([table, all]) => [table, new Set(all.map(({ column }) => String(column)))]),
  );
}
