import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster, NodeRow, NodeTableName } from '../core/cluster.ts';
import {
  changesOf,
  type NodeAssignment,
  parseNodeAssignment,
  withTable,
} from '../core/node-assignments.ts';
import { validateRow } from '../core/validate-row.ts';
import type { Rows } from '../db/store.ts';
import type { Table } from '../db/table.ts';
import { type TableRows, tables } from '../db/tables.ts';
import { checkNamed } from './table-arg.ts';
import { rowWarnings } from './warn-of-rows.ts';

/** A row that a verb wrote: the whole of it as it is now. */
export interface ChangedRow {
  readonly table: NodeTableName;
  readonly row: NodeRow;
}

/** What changes in the row of a node or group; `own` is that row as it was, if there was one. */
export interface RowChange {
  readonly name: string;
  readonly own: NodeRow | undefined;
  readonly changes: NodeRow;
}

/**
 * Reads words that are all assignments. Throws ERR_STATELITE_USAGE naming the one that is not, and
 * like `checkNamed`.
 */
export function nodeAssignments(words: readonly string[]): NodeAssignment[] {
  return words.map((word) => {
    const whole = withTable(word);
    checkNamed(whole);
    return parseNodeAssignment(whole) ?? refuse(word);
  });
}

/**
 * Does the assignments for every node, in a transaction that `all` and `cluster` were read in. Only
 * rows that change are validated and written, and returned.
 */
export async function changeNodes(
  rows: Rows,
  { all, cluster }: { readonly all: TableRows; readonly cluster: Cluster },
  nodes: readonly string[],
  assignments: readonly NodeAssignment[],
): Promise<ChangedRow[]> {
  const changed: ChangedRow[] = [];
  for (const [table, ofTable] of Map.groupBy(assignments, (each) => each.table)) {
    const rowOf = ownRows(all, table);
    const changes = nodes.map((name): RowChange => {
      const own = rowOf.get(name);
      const valueOf = (column: string) => attributeOf(cluster, name, table, column);
      return { name, own, changes: changesOf(ofTable, own, valueOf) };
    });
    changed.push(...(await writeRows(rows, table, changes)));
  }
  return changed;
}

/** The rows of a table by node or group, disabled ones too. */
export function ownRows(all: TableRows, table: NodeTableName): ReadonlyMap<string, NodeRow> {
  return new Map(all[table].map((row): [string, NodeRow] => [row.node, row]));
}

/** Validates and writes the rows in which something changes, and returns them. */
export async function writeRows(
  rows: Rows,
  table: NodeTableName,
  given: readonly RowChange[],
): Promise<ChangedRow[]> {
  const changing = given.filter(({ changes }) => Object.keys(changes).length > 0);
  const changed = changing.map(({ name, own, changes }) => {
    const row = { ...own, node: name, ...changes };
    validateRow(table, row);
    return { table, row };
  });
  const spec: Table = tables[table];
  const values = changing.map(({ name, changes }) => ({ node: name, ...changes }));
  await rows.upsertAll(spec, values);
  return changed;
}

/** What is odd about rows that were written; to be asked for in the transaction, logged after it. */
export async function warningsFor(
  rows: Pick<Rows, 'select'>,
  changed: readonly ChangedRow[],
): Promise<string[]> {
  const warnings: string[] = [];
  for (const [table, ofTable] of Map.groupBy(changed, (each) => each.table)) {
    const written = ofTable.map(({ row }) => row);
    warnings.push(...(await rowWarnings(rows, table, written)));
  }
  return warnings;
}

function refuse(word: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(word)} is no assignment`, {
    hint: 'write table.column=value; ,= puts words before a comma list, ^= takes words out of it',
  });
}
