import type { Connection } from './backend.ts';
import { keyText, type Stored } from './stored.ts';
import type { Table } from './table.ts';

/** Values in one statement; both databases take 32766. */
const mostValues = 8_000;
/** For more keys than this the whole table is read. */
const mostKeys = 100;

/** The columns of a table without `seq`. */
export function columnsOf({ columns }: Table): string[] {
  return Object.keys(columns);
}

/** Rows in portions that one statement can take. */
export function* chunksOf(table: Table, rows: readonly Stored[]): Generator<Stored[]> {
  const length = Math.floor(mostValues / (columnsOf(table).length + 1));
  for (let start = 0; start < rows.length; start += length) {
    yield rows.slice(start, start + length);
  }
}

/** The rows that have one of these keys (and maybe others), with `seq`, by `keyText`. */
export async function rowsByKey(
  db: Connection,
  table: Table,
  keys: readonly Stored[],
): Promise<Map<string, Stored>> {
  if (keys.length === 0) return new Map();
  const all = db.selectFrom(table.name).select(['seq', ...columnsOf(table)]);
  const some = all.where((eb) =>
    eb.or(keys.map((key) => eb.and(table.key.map((column) => eb(column, '=', key[column] ?? ''))))),
  );
  const found = await (keys.length > mostKeys ? all : some).execute();
  return new Map(found.map((row) => [keyText(table, row), row]));
}
