import type { Rows } from './store.ts';
import type { Table } from './table.ts';
import { type TableName, type TableRows, tables } from './tables.ts';

type Select = Pick<Rows, 'select'>;

/**
 * Tables as a snapshot or a transaction sees them, disabled rows too. With `only`, the others are
 * empty; `select` may be another way to the rows of a table.
 */
export async function readTables(
  rows: Select,
  only: readonly TableName[] = Object.values(tables).map(({ name }) => name),
  select: (table: (typeof tables)[TableName]) => Promise<readonly object[]> = async (table) =>
    rows.select<Table>(table),
): Promise<TableRows> {
  const read: [string, unknown][] = [];
  for (const table of Object.values(tables)) {
    read.push([table.name, only.includes(table.name) ? await select(table) : []]);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows for every name in tables
  return Object.fromEntries(read) as TableRows;
}
