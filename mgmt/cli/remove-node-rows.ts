import type { NodeTableName } from '../core/cluster.ts';
import type { Rows } from '../db/store.ts';
import type { Table } from '../db/table.ts';
import { type TableRows, tables } from '../db/tables.ts';

/** How many rows of a table are gone. */
export interface RemovedRows {
  readonly table: NodeTableName;
  readonly removed: number;
}

/** Removes the nodes' own rows of the tables, in the transaction that `all` was read in. */
export async function removeNodeRows(
  rows: Rows,
  all: TableRows,
  nodes: readonly string[],
  names: readonly NodeTableName[],
): Promise<RemovedRows[]> {
  const results: RemovedRows[] = [];
  for (const name of names) {
    const table: Table = tables[name];
    const present = new Set(all[name].map(({ node }) => node));
    let removed = 0;
    for (const node of nodes) {
      if (present.has(node)) removed += await rows.remove(table, { node });
    }
    results.push({ table: name, removed });
  }
  return results;
}
