import type { ExpressionBuilder } from 'kysely';
import { StateliteError } from '../../agent/errors.ts';
import type { Connection, Database } from './backend.ts';
import { chunksOf, columnsOf, rowsByKey } from './many-rows.ts';
import type { Recorder } from './recorder.ts';
import type { Rows } from './store.ts';
import { keyText, nameRow, type Stored, storedKey, storedRow, storedValues } from './stored.ts';
import type { Row, Table, Where } from './table.ts';

/** Reads rows in or outside a transaction. */
export function selectOn(db: Connection): Rows['select'] {
  return async <T extends Table>(table: T, where?: Where<T>) => {
    const found = await db
      .selectFrom(table.name)
      .select(columnsOf(table))
      .where(equal(table, textsOf(where)))
      .orderBy('seq')
      .execute();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as createTableSql makes them
    return found as Row<T>[];
  };
}

/** Reads and writes rows in a transaction; `recorder` is told of every row that changes. */
export function rowsOn(db: Connection, recorder: Recorder): Rows {
  const rows: Rows = {
    select: selectOn(db),
    insert: (table, row) => rows.insertAll(table, [row]),
    upsert: (table, row) => rows.upsertAll(table, [row]),
    async insertAll(table, given) {
      const all = given.map((row) => storedRow(table, row));
      await insertNew(db, table, all);
      for (const row of all) recorder.changed(table, undefined, row);
    },
    async upsertAll(table, given) {
      const known = await rowsByKey(
        db,
        table,
        given.map((row) => storedKey(table, row)),
      );
      const merged = mergeAll(table, given, (key) => known.get(key));
      const different = [...merged].filter(([key, row]) => !isSame(known.get(key), row));
      const [only] = different;
      const before = only === undefined ? undefined : known.get(only[0]);
      if (only !== undefined && different.length === 1 && before !== undefined) {
        await update(db, table, before, only[1]);
      } else {
        const changed = different.map(([, row]) => row);
        await write(db, table, changed);
      }
      for (const [key, row] of different) recorder.changed(table, known.get(key), row);
    },
    async remove(table, where) {
      if (Object.keys(where).length === 0) throw new Error(`remove every row of ${table.name}?`);
      const removed = await db
        .deleteFrom(table.name)
        .where(equal(table, textsOf(where)))
        .returning(['seq', ...columnsOf(table)])
        .execute();
      for (const row of removed) recorder.changed(table, row, undefined);
      return removed.length;
    },
    async replaceAll(table, all) {
      const removed = await db
        .deleteFrom(table.name)
        .returning(['seq', ...columnsOf(table)])
        .execute();
      for (const row of removed) recorder.changed(table, row, undefined);
      await rows.insertAll(table, all);
    },
  };
  return rows;
}

/** Adds rows, all columns of them and maybe `seq`; one that is there already is an error. */
export async function insertNew(
  db: Connection,
  table: Table,
  all: readonly Stored[],
): Promise<void> {
  for (const chunk of chunksOf(table, all)) {
    const added = await db
      .insertInto(table.name)
      .values(chunk)
      .onConflict((conflict) => conflict.doNothing())
      .returning([...table.key])
      .execute();
    if (added.length === chunk.length) continue;
    const keys = new Set(added.map((row) => keyText(table, row)));
    for (const row of chunk) if (!keys.delete(keyText(table, row))) refuseSecond(table, row);
  }
}

/** Adds rows or, where the key is there, changes them in their place. No key comes twice. */
export async function write(db: Connection, table: Table, all: readonly Stored[]): Promise<void> {
  const others = columnsOf(table).filter((column) => !table.key.includes(column));
  for (const chunk of chunksOf(table, all)) {
    await db
      .insertInto(table.name)
      .values(chunk)
      .onConflict((conflict) =>
        conflict
          .columns([...table.key])
          .doUpdateSet((eb) =>
            Object.fromEntries(others.map((column) => [column, eb.ref(`excluded.${column}`)])),
          ),
      )
      .execute();
  }
}

async function update(db: Connection, table: Table, before: Stored, row: Stored): Promise<void> {
  const changed = Object.entries(row).filter(([column, value]) => before[column] !== value);
  await db
    .updateTable(table.name)
    .set(Object.fromEntries(changed))
    .where('seq', '=', before['seq'] ?? '')
    .execute();
}

/** What the rows become, one after the other, by their keys. */
function mergeAll(
  table: Table,
  given: readonly Readonly<Stored>[],
  known: (key: string) => Stored | undefined,
): Map<string, Stored> {
  const merged = new Map<string, Stored>();
  for (const row of given) {
    const key = storedKey(table, row);
    const id = keyText(table, key);
    const before = merged.get(id) ?? known(id);
    const { seq: _, ...columns } = before ?? {};
    const after =
      before === undefined
        ? storedRow(table, { ...row, ...key })
        : { ...columns, ...storedValues(table, row), ...key };
    merged.set(id, after);
  }
  return merged;
}

function isSame(before: Stored | undefined, after: Stored): boolean {
  return (
    before !== undefined &&
    Object.entries(after).every(([column, value]) => before[column] === value)
  );
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
