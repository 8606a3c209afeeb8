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
import type { Backend } from './backend.ts';
import { type Turns, turnsOf } from './sqlite-turns.ts';
import { migrateSqlite } from './sqlite-migrate.ts';

/** How long a write waits for another process's transaction, in milliseconds. */
const busyTimeout = 10_000;
/** Longer statements are not kept prepared, in characters. */
const longestKept = 4_000;

/** Opens the file for Kysely, made and brought up to date if need be. */
export function openSqlite(path: string): Backend {
  const explain = <T>(work: () => T) => explained(path, work);
  const file = explain(() => openFile(path));
  // It tells of commits on other connections only.
  const others = file.prepare('SELECT data_version FROM pragma_data_version');
  let own = 0;
  const dialect: Dialect = {
    createDriver: () => new Driver({ database: adapt(file, explain) }, turnsOf(path)),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
  return {
    dialect,
    dataVersion: async () => `${Number(explain(() => others.get())?.['data_version'])}.${own}`,
    beforeCommit: async () => {},
    committed: () => void (own += 1),
    close: async () => file.close(),
  };
}

function openFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  // SQLite would make it readable for everybody, and it holds the passwd table.
  closeSync(openSync(path, 'a', 0o600));
  const file = new DatabaseSync(path, { timeout: busyTimeout });
  try {
    file.exec('PRAGMA journal_mode = WAL');
    migrateSqlite(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

class Driver extends SqliteDriver {
  readonly #turns: Turns;
  #done: (() => void) | undefined;

  constructor(config: ConstructorParameters<typeof SqliteDriver>[0], turns: Turns) {
    super(config);
    this.#turns = turns;
  }

  override async beginTransaction(
    connection: DatabaseConnection,
    { accessMode }: TransactionSettings = {},
  ) {
    if (accessMode === 'read only') {
      await connection.executeQuery(CompiledQuery.raw('begin'));
      return;
    }
    const done = await this.#turns.next();
    try {
      // One that first reads and then writes cannot wait for a writer in between: it would be
      // refused at once. So the lock is taken at the beginning.
      await connection.executeQuery(CompiledQuery.raw('begin immediate'));
    } catch (error) {
      done();
      throw error;
    }
    this.#done = done;
  }

  override async commitTransaction(connection: DatabaseConnection) {
    await super.commitTransaction(connection); // a failure is rolled back
    this.#end();
  }

  override async rollbackTransaction(connection: DatabaseConnection) {
    try {
      await super.rollbackTransaction(connection);
    } finally {
      this.#end();
    }
  }

  #end(): void {
    this.#done?.();
    this.#done = undefined;
  }
}

/** What Kysely's SQLite driver expects of a database, on Node's own. */
function adapt(file: DatabaseSync, explain: <T>(work: () => T) => T): SqliteDatabase {
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string) => {
    const known = statements.get(sql) ?? file.prepare(sql);
    // Those for many rows have a text for every number of rows.
    if (sql.length < longestKept) statements.set(sql, known);
    return known;
  };
  return {
    close: () => {}, // Kysely only calls it if it was ever used: openSqlite's caller does
    prepare(sql) {
      const prepared = explain(() => statement(sql));
      const names = prepared.columns().map(({ name }) => name);
      return {
        reader: names.length > 0,
        all: (given) => explain(() => readAll(prepared, names, given.map(inputValue))),
        run: (given) => explain(() => prepared.run(...given.map(inputValue))),
        iterate: (given) => prepared.iterate(...given.map(inputValue)),
      };
    },
  };
}

/** As `all` of the statement, which takes twice as long to make its objects. */
function readAll(statement: StatementSync, names: readonly string[], given: SQLInputValue[]) {
  statement.setReturnArrays(true);
  const rows: unknown[] = statement.all(...given);
  return rows.map((values) => {
    const row: Record<string, unknown> = {};
    if (Array.isArray(values)) names.forEach((name, index) => (row[name] = values[index]));
    return row;
  });
}

function inputValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new Error(`a column holds text or null, seq a number, not ${typeof value}`);
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
