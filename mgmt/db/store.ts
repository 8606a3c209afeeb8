import { Kysely, sql } from 'kysely';
import type { Connection, Database } from './backend.ts';
import { type HistoryEntry, type HistoryFilter, pruneHistory, readHistory } from './history.ts';
import { openPostgres } from './postgres.ts';
import { isPostgresUrl } from './postgres-url.ts';
import { createRecorder, type Origin, type Recorder } from './recorder.ts';
import { rowsOn, selectOn } from './rows.ts';
import { openSqlite } from './sqlite.ts';
import type { NewRow, Row, Table, Where } from './table.ts';
import { undoChange, type Undone } from './undo.ts';

/**
 * Reading and writing rows. Blank and null are one value: stored as null, in columns that are
 * never null as ''. Rows that a table cannot take are ERR_STATELITE_TABLE.
 */
export interface Rows {
  /** Rows in the order they were added; the columns of `where` must all be equal. */
  select<T extends Table>(table: T, where?: Where<T>): Promise<Row<T>[]>;
  /** Adds a row; one with the same key is an error. */
  insert<T extends Table>(table: T, row: NewRow<T>): Promise<void>;
  /** Adds rows, many in one statement; the error names the first whose key is there. */
  insertAll<T extends Table>(table: T, rows: readonly NewRow<T>[]): Promise<void>;
  /** Sets the given columns of the row with this key, or adds it. */
  upsert<T extends Table>(table: T, row: NewRow<T>): Promise<void>;
  /** `upsert` of each, in order; reads and writes many rows in one statement. */
  upsertAll<T extends Table>(table: T, rows: readonly NewRow<T>[]): Promise<void>;
  /** Removes the rows that `where`, never empty, describes; says how many. */
  remove<T extends Table>(table: T, where: Where<T>): Promise<number>;
  /** Removes every row, then adds these. */
  replaceAll<T extends Table>(table: T, rows: readonly NewRow<T>[]): Promise<void>;
}

/**
 * The database. Each call is atomic, and every change of a row is recorded with it, but for what
 * nodes report of themselves. What the database itself refuses is ERR_STATELITE_DATABASE.
 */
export interface Store extends Rows {
  /**
   * All or nothing, and nobody else writes meanwhile. Only use the rows that `fn` is given: calls
   * on the store itself wait for the transaction to end.
   */
  transaction<R>(fn: (rows: Rows) => Promise<R>): Promise<R>;
  /**
   * A transaction that does not wait for the disk: a power cut may take the last seconds of such back,
   * but leaves the database whole. For what nodes report of themselves.
   */
  note<R>(fn: (rows: Rows) => Promise<R>): Promise<R>;
  /** Several selects that see one moment; other processes may write meanwhile. */
  snapshot<R>(fn: (rows: Pick<Rows, 'select'>) => Promise<R>): Promise<R>;
  /** Rows that were changed, newest first. */
  history(filter?: HistoryFilter): Promise<HistoryEntry[]>;
  /** Writes the rows of a change back, as a change of its own; see `undoChange`. */
  undo(what: { readonly change: number | undefined; readonly force: boolean }): Promise<Undone>;
  /** Forgets changes from before a moment; says how many. */
  pruneHistory(before: Date): Promise<number>;
  /**
   * Differs after every commit, whoever made it: what was read before may be stale. But not after
   * one that only holds what nodes report of themselves; of other processes' on SQLite even then.
   * Cheap enough for every request: PostgreSQL is listened to from the first time on, so the commits
   * of others are known as soon as they are heard, and never later than some seconds.
   */
  dataVersion(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens the database: the path of a SQLite file or a URL of PostgreSQL; made and brought up to
 * date if need be, PostgreSQL on first use. Several processes may at once. `origin` goes into the
 * history.
 */
export function openStore(where: string, origin: Origin = { who: '', command: '' }): Store {
  const backend = isPostgresUrl(where) ? openPostgres(where) : openSqlite(where);
  const db: Connection = new Kysely<Database>({ dialect: backend.dialect });
  const writing = async <R>(
    work: (connection: Connection, recorder: Recorder) => Promise<R>,
    on = db,
  ) => {
    const done = await on.transaction().execute(async (connection) => {
      const recorder = createRecorder(origin);
      const result = await work(connection, recorder);
      if (recorder.touched) await recorder.flush(connection);
      if (recorder.changedContent) await backend.beforeCommit(connection);
      return { result, changed: recorder.changedContent };
    });
    if (done.changed) backend.committed();
    return done.result;
  };
  const transaction: Store['transaction'] = (fn) =>
    writing((connection, recorder) => fn(rowsOn(connection, recorder)));
  return {
    select: selectOn(db),
    insert: (table, row) => transaction((rows) => rows.insert(table, row)),
    insertAll: (table, all) => transaction((rows) => rows.insertAll(table, all)),
    upsert: (table, row) => transaction((rows) => rows.upsert(table, row)),
    upsertAll: (table, all) => transaction((rows) => rows.upsertAll(table, all)),
    remove: (table, which) => transaction((rows) => rows.remove(table, which)),
    replaceAll: (table, all) => transaction((rows) => rows.replaceAll(table, all)),
    transaction,
    note: (fn) =>
      db.connection().execute(async (one) => {
        await sql.raw(backend.unsynced.begin).execute(one);
        try {
          return await writing((connection, recorder) => fn(rowsOn(connection, recorder)), one);
        } finally {
          await sql.raw(backend.unsynced.end).execute(one);
        }
      }),
    snapshot: (fn) =>
      db
        .transaction()
        .setAccessMode('read only')
        .execute((connection) => fn({ select: selectOn(connection) })),
    history: (filter = {}) => readHistory(db, filter),
    undo: (what) => writing((connection, recorder) => undoChange(connection, recorder, what)),
    pruneHistory: (before) =>
      writing((connection) => pruneHistory(connection, before.toISOString())),
    dataVersion: () => backend.dataVersion(db),
    async close() {
      await db.destroy();
      await backend.close();
    },
  };
}
