import { type ExpressionBuilder, Kysely } from 'kysely';
import { StateliteError } from '../../agent/errors.ts';
import { openSqlite } from './sqlite.ts';
import { nameRow, type Stored, storedKey, storedRow, storedValues } from './stored.ts';
import type { NewRow, Row, Table, Where } from './table.ts';

/**
 * Reading and writing rows. Blank and null are one value: stored as null, in columns that are
 * never null as ''. Rows that a table cannot take are ERR_STATELITE_TABLE.
 */
export interface Rows {
  /** Rows in the order they were added; the columns of `where` must all be equal. */
  select<T extends Table>(table: T, where?: Where<T>): Promise<Row<T>[]>;
  /** Adds a row; one with the same key is an error. */
  insert<T extends Table>(table: T, row: NewRow<T>): Promise<void>;
  /** Sets the given columns of the row with this key, or adds it. */
  upsert<T extends Table>(table: T, row: NewRow<T>): Promise<void>;
  /** Removes the rows that `where`, never empty, describes; says how many. */
  remove<T extends Table>(table: T, where: Where<T>): Promise<number>;
  /** Removes every row, then adds these. */
  replaceAll<T extends Table>(table: T, rows: readonly NewRow<T>[]): Promise<void>;
}

/**
 * The database. Each call is atomic. Everything is asynchronous, so that a server can stand in for
 * the file. What the database itself refuses is ERR_STATELITE_DATABASE.
 */
export interface Store extends Rows {
  /**
   * All or nothing, and nobody else writes meanwhile. Only use the rows that `fn` is given: calls
   * on the store itself wait for the transaction to end.
   */
  transaction<R>(fn: (rows: Rows) => Promise<R>): Promise<R>;
  /** Several selects that see one moment; other processes may write meanwhile. */
  snapshot<R>(fn: (rows: Pick<Rows, 'select'>) => Promise<R>): Promise<R>;
  /** Differs after every commit, whoever made it: what was read before may be stale. */
  dataVersion(): Promise<string>;
  close(): Promise<void>;
}

type Database = Record<string, Stored>;
type Connection = Kysely<Database>;

/** Opens the database file, made and brought up to date if need be. Several processes may at once. */
export function openStore(path: string): Store {
  const { dialect, dataVersion, close } = openSqlite(path);
  const db: Connection = new Kysely({ dialect });
  const transaction: Store['transaction'] = (fn) =>
    db.transaction().execute((connection) => fn(rowsOn(connection)));
  return {
    ...rowsOn(db),
    upsert: (table, row) => transaction((rows) => rows.upsert(table, row)),
    replaceAll: (table, all) => transaction((rows) => rows.replaceAll(table, all)),
    transaction,
    snapshot: (fn) =>
      db
        .transaction()
        .setAccessMode('read only')
        .execute((connection) => fn(rowsOn(connection))),
    dataVersion: async () => dataVersion(),
    async close() {
      await db.destroy();
      close();
    },
  };
}

function rowsOn(db: Connection): Rows {
  const rows: Rows = {
    async select<T extends Table>(table: T, where?: Where<T>) {
      const found = await db
        .selectFrom(table.name)
        .select(Object.keys(table.columns))
        .where(equal(table, textsOf(where)))
        .orderBy('seq')
        .execute();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as createTableSql makes them
      return found as Row<T>[];
    },
    async insert(table, row) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto(table.name)
        .values(storedRow(table, row))
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 0n) refuseSecond(table, row);
    },
    async upsert(table, row) {
      const { numUpdatedRows } = await db
        .updateTable(table.name)
        .set({ ...storedKey(table, row), ...storedValues(table, row) })
        .where(equal(table, storedKey(table, row)))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) await rows.insert(table, row);
    },
    async remove(table, where) {
      if (Object.keys(where).length === 0) throw new Error(`remove every row of ${table.name}?`);
      const { numDeletedRows } = await db
        .deleteFrom(table.name)
        .where(equal(table, textsOf(where)))
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
    async replaceAll(table, all) {
      await db.deleteFrom(table.name).execute();
      for (const row of all) await rows.insert(table, row);
    },
  };
  return rows;
}

function textsOf<T extends Table>(where: Where<T> | undefined): Stored {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- columns of any table are texts
  return { ...where } as Stored;
}

/** Every column equals its value; blank equals null. */
function equal(table: Table, where: Stored) {
  const values = storedValues(table, where);
  return (eb: ExpressionBuilder<Database, string>) =>
    eb.and(
      Object.entries(values).map(([column, value]) =>
        value === null ? eb(column, 'is', null) : eb(column, '=', value),
      ),
    );
}

function refuseSecond(table: Table, row: Stored): never {
  throw new StateliteError('ERR_STATELITE_TABLE', `${nameRow(table, row)} is there already`, {
    hint: 'change that row, or remove one of the two',
  });
}
