import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
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
import { isBusy, openSqliteFile, patience } from './sqlite-file.ts';
import { type Turns, turnsOf } from './sqlite-turns.ts';

/** Longer statements are not kept prepared, in characters. */
const longestKept = 4_000;

/** Opens the file for Kysely, made and brought up to date if need be. */
export function openSqlite(path: string): Backend {
  const explain = <T>(work: () => T) => explained(path, work);
  const file = explain(() => openSqliteFile(path));
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
    unsynced: { begin: 'PRAGMA synchronous = NORMAL', end: 'PRAGMA synchronous = FULL' },
    dataVersion: async () => `${Number(explain(() => others.get())?.['data_version'])}.${own}`,
    beforeCommit: async () => {},
    committed: () => void (own += 1),
    close: async () => file.close(),
  };
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
      await beginImmediate(connection);
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

/**
 * Waits for another process's transaction. SQLite itself would wait without letting anything else of
 * the process go on: a daemon would answer nobody.
 */
async function beginImmediate(connection: DatabaseConnection): Promise<void> {
  const run = (text: string) => connection.executeQuery(CompiledQuery.raw(text));
  const until = performance.now() + patience;
  await run('pragma busy_timeout = 0');
  try {
    for (;;) {
      try {
        await run('begin immediate');
        return;
      } catch (error) {
        const { cause } = error instanceof StateliteError ? error : { cause: error };
        if (!isBusy(cause) || performance.now() > until) throw error;
      }
      await delay(1 + Math.random() * 20);
    }
  } finally {
    await run(`pragma busy_timeout = ${patience}`);
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
    throw new StateliteError('ERR_STATELITE_DATABASE', `cannot use the database ${path}`, {
      cause,
      hint: isBusy(cause)
        ? 'another process has been writing to it for long: which one? (fuser)'
        : 'does the file belong to you, is it a statelite database, is the disk full?',
    });
  }
}
