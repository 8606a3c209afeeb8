import { StateliteError } from '../../agent/errors.ts';
import { validateRow } from '../core/validate-row.ts';
import { storedRow } from '../db/stored.ts';
import type { Table } from '../db/table.ts';
import { type Dump, nameSource, type SourceRow, type SourceTable } from './dump.ts';
import type { Reason } from './finding.ts';
import { stockOfRefused } from './stock-of-refused.ts';

/** A row that cannot be imported. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  /** What stock xCAT makes of it, where that is known. */
  readonly stock: readonly Reason[];
}

/** The rows of a table that can be imported, in the order of the file; blank is ''. */
export interface GoodRows {
  readonly table: Table;
  readonly file: string;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** What of a dump can be imported, and everything that cannot. */
export interface CheckedDump {
  readonly good: readonly GoodRows[];
  readonly bad: readonly BadRow[];
}

/** Checks every row by itself, and that no key is there twice. */
export function checkRows({ kind, tables }: Dump): CheckedDump {
  const checked = tables.map((table) => checkTable(table, kind));
  return {
    good: checked.map(({ good }) => good),
    bad: checked.flatMap(({ bad }) => bad),
  };
}

function checkTable(
  { table, file, rows }: SourceTable,
  kind: Dump['kind'],
): { good: GoodRows; bad: BadRow[] } {
  const lines = new Map<string, number>();
  const good: Record<string, string>[] = [];
  const bad: BadRow[] = [];
  for (const row of rows) {
    const key = JSON.stringify(table.key.map((column) => row.values[column] ?? ''));
    const before = lines.get(key);
    const reason =
      before === undefined
        ? problemOf(table, row)
        : `${nameSource(kind, file, before)} has the same ${table.key.join(' and ')}`;
    if (reason === undefined) {
      lines.set(key, row.line);
      good.push(withoutNull(row.values));
    } else {
      bad.push({ file, line: row.line, reason, stock: stockOfRefused(table.name, row.values) });
    }
  }
  return { good: { table, file, rows: good }, bad };
}

/** Why the row cannot be imported; undefined if it can. */
function problemOf(table: Table, { values }: SourceRow): string | undefined {
  try {
    storedRow(table, values);
    validateRow(table.name, values);
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError) return error.message;
    throw error;
  }
}

function withoutNull(values: SourceRow['values']): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([column, value]) => [column, value ?? '']));
}
