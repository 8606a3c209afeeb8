import { DatabaseSync } from 'node:sqlite';
import { StateliteError } from '../../agent/errors.ts';
import type { Table } from '../db/table.ts';
import type { SourceRow, SourceTable } from './dump.ts';

/** How long a file that xcatd is writing to is waited for, in milliseconds. */
export const busyTimeout = 10_000;

/**
 * Reads `<table>.sqlite` as xCAT keeps it, without changing it: what another process has
 * committed, also what is in a write-ahead log only. Throws ERR_STATELITE_DATABASE.
 */
export function readSqliteFile(
  path: string,
  file: string,
  table: Table,
  timeout = busyTimeout,
): SourceTable {
  return explained(path, () => {
    using db = openReadOnly(path, timeout);
    const present = columnsOf(db, table.name);
    if (present.length === 0) throw new Error(`it has no table ${table.name}`);
    const known = present.filter((column) => Object.hasOwn(table.columns, column));
    const unknown = present.filter((column) => !known.includes(column));
    return {
      table,
      file,
      rows: rowsOf(db, table.name, known),
      unknownColumns: unknown.map((column) => ({
        column,
        values: countOf(db, table.name, `${quoted(column)} <> ''`),
      })),
    };
  });
}

/** The rows of a table that we do not know; undefined if the file is not what its name says. */
export function countSqlite(path: string, name: string, timeout = busyTimeout): number | undefined {
  try {
    using db = openReadOnly(path, timeout);
    return columnsOf(db, name).length === 0 ? undefined : countOf(db, name, '1');
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return undefined;
    throw error;
  }
}

function openReadOnly(path: string, timeout: number): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout });
}

function columnsOf(db: DatabaseSync, table: string): string[] {
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  return columns.map(({ name }) => String(name));
}

function countOf(db: DatabaseSync, table: string, condition: string): number {
  const sql = `SELECT count(*) AS rows FROM ${quoted(table)} WHERE ${condition}`;
  return Number(db.prepare(sql).get()?.['rows']);
}

function rowsOf(db: DatabaseSync, table: string, columns: readonly string[]): SourceRow[] {
  // A file without any column that we know has rows, but nothing in them for us.
  const names = columns.length === 0 ? 'NULL' : columns.map(quoted).join(', ');
  const statement = db.prepare(`SELECT ${names} FROM ${quoted(table)} ORDER BY rowid`);
  statement.setReadBigInts(true);
  return statement.all().map((row, index) => ({
    line: index + 1,
    values: Object.fromEntries(columns.map((column) => [column, textOf(row[column])])),
  }));
}

/** All of xCAT's columns are text, but SQLite itself does not insist. */
function textOf(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  throw new Error('it holds binary data');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const errcode = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
    throw new StateliteError('ERR_STATELITE_DATABASE', `cannot read ${path}`, {
      cause,
      hint:
        errcode === 5
          ? 'another process is writing to it for long: stop xcatd, or read a dump of dumpxCATdb'
          : "is it one of xCAT's own files? a dump of dumpxCATdb can be read as well",
    });
  }
}
