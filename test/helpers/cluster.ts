import { type Cluster, indexCluster } from '../../mgmt/core/cluster.ts';
import type { Table } from '../../mgmt/db/table.ts';
import { type TableName, type TableRows, tables } from '../../mgmt/db/tables.ts';

/** Rows as a test writes them: only the columns that matter to it. */
export type Given = Partial<Record<TableName, readonly Readonly<Record<string, string>>[]>>;

/** A cluster without a database; columns that are not given are blank. */
export function clusterOf(given: Given): Cluster {
  return indexCluster(tableRows(given));
}

/** Every table with the given rows, as the database would return them. */
export function tableRows(given: Given): TableRows {
  const all = Object.entries<Table>(tables).map(([name, { columns }]) => {
    const rows = Object.entries(given).find(([key]) => key === name)?.[1] ?? [];
    return [name, rows.map((row) => rowOf(columns, row))];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all columns of all tables
  return Object.fromEntries(all) as TableRows;
}

function rowOf(columns: Table['columns'], row: Readonly<Record<string, string>>) {
  const values = Object.entries(columns).map(([column, { required }]) => [
    column,
    row[column] || (required ? '' : null),
  ]);
  return Object.fromEntries(values);
}
