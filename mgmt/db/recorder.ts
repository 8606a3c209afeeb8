import type { Connection } from './backend.ts';
import { historyChange, historyRow } from './history-tables.ts';
import { chunksOf } from './many-rows.ts';
import { keyText, type Stored } from './stored.ts';
import type { Table } from './table.ts';

/** Who changes the tables, and by which command; the history has it. */
export interface Origin {
  readonly who: string;
  readonly command: string;
}

/** Collects what one transaction changes; a row that changes twice is one change. */
export interface Recorder {
  /** `before` with its `seq`. */
  changed(table: Table, before: Stored | undefined, after: Stored | undefined): void;
  /** Whether anything was written, recorded or not. */
  readonly touched: boolean;
  /** Whether it was more than what nodes report: then answers may be others. */
  readonly changedContent: boolean;
  /** Adds the change to the history; says its number, undefined if there was nothing to record. */
  flush(db: Connection): Promise<number | undefined>;
}

/** What nodes report, often: it says how they are, not how they are configured. */
const reported: ReadonlySet<string> = new Set([
  'status',
  'statustime',
  'appstatus',
  'appstatustime',
  'updatestatus',
  'updatestatustime',
]);

interface Changed {
  readonly table: Table;
  readonly before: Stored | undefined;
  after: Stored | undefined;
}

export function createRecorder({ who, command }: Origin): Recorder {
  const changes = new Map<string, Changed>();
  let changedContent = false;
  return {
    get touched() {
      return changes.size > 0;
    },
    get changedContent() {
      return changedContent;
    },
    changed(table, before, after) {
      // A row that is removed and added again is the same, but stands elsewhere.
      changedContent ||= !isSameRow(table, before, after);
      const id = `${table.name} ${keyText(table, before ?? after ?? {})}`;
      const known = changes.get(id);
      if (known === undefined) changes.set(id, { table, before, after });
      else known.after = after;
    },
    async flush(db) {
      const rows = [...changes.values()].filter(isRecorded);
      if (rows.length === 0) return undefined;
      const number = (await lastNumber(db)) + 1;
      const at = new Date().toISOString();
      await db
        .insertInto(historyChange.name)
        .values({ number: String(number), at, who, command })
        .execute();
      for (const chunk of chunksOf(historyRow, rows.map(historyOf(number)))) {
        await db.insertInto(historyRow.name).values(chunk).execute();
      }
      return number;
    },
  };
}

/** Whether two states of a row, or its absence, are the same configuration. */
export function isSameRow(table: Table, a: Stored | undefined, b: Stored | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Object.keys(table.columns).every(
    (column) => isReported(table, column) || (a[column] ?? null) === (b[column] ?? null),
  );
}

/** Columns that nodes fill: changes of nothing else are not recorded, and undo leaves them. */
export function isReported({ name }: Table, column: string): boolean {
  return name === 'nodelist' && reported.has(column);
}

function isRecorded({ table, before, after }: Changed): boolean {
  return !isSameRow(table, before, after);
}

/** The number of the newest change; 0 if there is none. */
export async function lastNumber(db: Connection): Promise<number> {
  const last = await db
    .selectFrom(historyChange.name)
    .select('number')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return Number(last?.['number'] ?? 0);
}

function historyOf(number: number) {
  return ({ table, before, after }: Changed): Stored => ({
    change: String(number),
    table: table.name,
    key: keyText(table, before ?? after ?? {}),
    place: before === undefined ? null : String(before['seq']),
    old: rowText(table, before),
    new: rowText(table, after),
  });
}

function rowText(table: Table, row: Stored | undefined): string | null {
  if (row === undefined) return null;
  const columns = Object.keys(table.columns).filter((column) => row[column] !== null);
  return JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column]])));
}
