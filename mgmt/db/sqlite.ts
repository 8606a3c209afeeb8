import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { StateliteError } from '../../agent/errors.ts';
import { migrate } from './migrate.ts';

/** How long a write waits for another process's transaction, in milliseconds. */
const busyTimeout = 10_000;

/** Opens the file for Kysely. `dataVersion` differs after every commit on any connection. */
export function openSqlite(path: string): {
  dialect: Dialect;
  dataVersion: () => string;
  close: () => void;
} {
  const explain = <T>(work: () => T) => explained(path, work);
  const file = explain(() => openFile(path));
  const version = file.prepare(
    'SELECT data_version AS others, total_changes() AS own FROM pragma_data_version',
  );
  const dialect: Dialect = {
    createDriver: () => new Driver({ database: adapt(file, explain) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
  const dataVersion = () => Object.values(explain(() => version.get()) ?? {}).join('.');
  return { dialect, dataVersion, close: () => file.close() };
}

function openFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  // SQLite would make it readable for everybody, and it holds the passwd table.
  closeSync(openSync(path, 'a', 0o600));
  const file = new DatabaseSync(path, { timeout: busyTimeout });
  try {
    file.exec('PRAGMA journal_mode = WAL');
    migrate(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

class Driver extends SqliteDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    { accessMode }: TransactionSettings = {},
  ) {
    // One that first reads and then writes cannot wait for a writer in between: it would be
    // refused at once. So the lock is taken at the beginning.
    const begin = accessMode === 'read only' ? 'begin' : 'begin immediate';
    await connection.executeQuery(CompiledQuery.raw(begin));
  }
}

/** What Kysely's SQLite driver expects of a database, on Node's own. */
function adapt(file: DatabaseSync, explain: <T>(work: () => T) => T): SqliteDatabase {
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string) => {
    const known = statements.get(sql) ?? file.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    close: () => {}, // Kysely only calls it if it was ever used: openSqlite's caller does
    prepare(sql) {
      const prepared = explain(() => statement(sql));
      return {
        reader: prepared.columns().length > 0,
        all: (given) => explain(() => prepared.all(...given.map(inputValue))),
        run: (given) => explain(() => prepared.run(...given.map(inputValue))),
        iterate: (given) => prepared.iterate(...given.map(inputValue)),
      };
    },
  };
}

function inputValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string') return value;
  throw new Error(`a column holds text or null, not ${typeof value}`);
}

/** Adds the file's name to what SQLite or the file system says. */
function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof StateliteError) throw cause;
    const busy = cause instanceof Error && 'errcode' in cause && cause.errcode === 5;
    throw new StateliteError('ERR_STATELITE_DATABASE', `cannot use the database ${path}`, {
      cause,
      hint: busy
        ? 'another process has been writing to it for long: which one? (fuser)'
        : 'does the file belong to you, is it a statelite database, is the disk full?',
    });
  }
}
