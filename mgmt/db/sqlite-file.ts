import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hasCode } from '../../agent/errors.ts';
import { makeDirectory } from '../../agent/files/make-directory.ts';
import { migrateSqlite } from './sqlite-migrate.ts';

/** How long other processes are waited for, in milliseconds. */
export const patience = 10_000;
/** In place of a path: a database of its own that ends with the process. */
export const inMemory = ':memory:';
/** SQLITE_BUSY of its result codes. */
const busy = 5;

/** Opens a database file, made and brought up to date if need be. Several processes may at once. */
export function openSqliteFile(path: string): DatabaseSync {
  if (path !== inMemory) createPrivate(path);
  const file = new DatabaseSync(path, { timeout: patience });
  try {
    useLog(file);
    migrateSqlite(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Another process holds a lock that this one needs. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busy;
}

/**
 * SQLite would make the file readable for everybody, and it holds the passwd table. One that is there
 * is not opened here: closing it would drop the locks that the process has on it (fcntl(2)).
 */
function createPrivate(path: string): void {
  makeDirectory(dirname(path));
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/**
 * Of processes that turn a new file to write-ahead logging at once, SQLite refuses some without
 * waiting: two readers that both want to write would wait for each other.
 */
function useLog(file: DatabaseSync): void {
  const until = performance.now() + patience;
  for (;;) {
    try {
      file.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      pause(1 + Math.random() * 20);
    }
  }
}

/** The only thing a command does before it has its database; it need not let anything else run. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
