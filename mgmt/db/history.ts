import type { Connection } from './backend.ts';
import { historyChange, historyRow } from './history-tables.ts';
import { columnsOf } from './many-rows.ts';
import { lastNumber } from './recorder.ts';
import type { Stored } from './stored.ts';

/** One row that a change was about. Secrets are not readable here: see `isSecret`. */
export interface HistoryEntry {
  readonly change: number;
  /** In UTC, as Date.toISOString writes it. */
  readonly at: string;
  readonly who: string;
  readonly command: string;
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
  readonly kind: 'added' | 'changed' | 'removed';
  /** The columns that differ; blank is null. */
  readonly columns: Readonly<Record<string, { readonly old: string | null; new: string | null }>>;
}

export interface HistoryFilter {
  readonly table?: string;
  /** Columns of the key and their values. */
  readonly key?: Readonly<Record<string, string>>;
  /** How many entries at most. */
  readonly limit?: number;
}

/** What a secret is shown as. */
export const hidden = '********';

const pageSize = 1000;

/** Changed rows, newest first. */
export async function readHistory(
  db: Connection,
  { table, key = {}, limit = Infinity }: HistoryFilter,
): Promise<HistoryEntry[]> {
  const rows: Stored[] = [];
  for await (const page of pages(db, table)) {
    rows.push(...page.filter((row) => hasKey(row, key)));
    if (rows.length >= limit) break;
  }
  const wanted = rows.slice(0, limit);
  const changes = await changesOf(db, wanted);
  return wanted.map((row) => entryOf(row, changes.get(row['change'] ?? null) ?? {}));
}

/** Forgets changes from before a moment, written as `at` is; says how many. The last one stays. */
export async function pruneHistory(db: Connection, before: string): Promise<number> {
  const newest = await db
    .selectFrom(historyChange.name)
    .select(['seq', 'number'])
    .where('at', '<', before)
    .where('number', '!=', String(await lastNumber(db)))
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return 0;
  const end = db
    .selectFrom(historyRow.name)
    .select(({ fn }) => fn.max('seq').as('seq'))
    .where('change', '=', newest['number'] ?? '');
  await db
    .deleteFrom(historyRow.name)
    .where('seq', '<=', (await end.executeTakeFirst())?.seq ?? '0')
    .execute();
  const { numDeletedRows } = await db
    .deleteFrom(historyChange.name)
    .where('seq', '<=', newest['seq'] ?? '0')
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** Whether a column's values are for programs only: passwords and their like. */
export function isSecret(column: string): boolean {
  return /passw|passphrase|secret|community|tokenid/iu.test(column);
}

/** A row as the history has it. */
export function parseRow(text: string | null | undefined): Stored | undefined {
  if (text === null || text === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as recorder.ts wrote it
  return JSON.parse(text) as Stored;
}

async function* pages(db: Connection, table: string | undefined): AsyncGenerator<Stored[]> {
  let all = db
    .selectFrom(historyRow.name)
    .select(['seq', ...columnsOf(historyRow)])
    .orderBy('seq', 'desc')
    .limit(pageSize);
  if (table !== undefined) all = all.where('table', '=', table);
  let page = await all.execute();
  while (page.length > 0) {
    yield page;
    page = await all.where('seq', '<', page.at(-1)?.['seq'] ?? '0').execute();
  }
}

function hasKey(row: Stored, key: Readonly<Record<string, string>>): boolean {
  const columns = parseRow(row['key']) ?? {};
  return Object.entries(key).every(([column, value]) => columns[column] === value);
}

async function changesOf(
  db: Connection,
  rows: readonly Stored[],
): Promise<Map<string | null, Stored>> {
  if (rows.length === 0) return new Map();
  const numbers = new Set(rows.map((row) => row['change'] ?? ''));
  const found = new Map<string | null, Stored>();
  const some = [...numbers];
  for (let start = 0; start < some.length; start += pageSize) {
    const page = await db
      .selectFrom(historyChange.name)
      .select(columnsOf(historyChange))
      .where('number', 'in', some.slice(start, start + pageSize))
      .execute();
    for (const change of page) found.set(change['number'] ?? null, change);
  }
  return found;
}

function entryOf(row: Stored, change: Stored): HistoryEntry {
  const before = parseRow(row['old']);
  const after = parseRow(row['new']);
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const key = parseRow(row['key']) ?? {};
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const differing = [...names].filter(
    (column) => !(column in key) && before?.[column] !== after?.[column],
  );
  return {
    change: Number(row['change']),
    at: change['at'] ?? '',
    who: change['who'] ?? '',
    command: change['command'] ?? '',
    table: row['table'] ?? '',
    key: Object.fromEntries(
      Object.entries(key).map(([column, value]) => [column, shown(column, value) ?? '']),
    ),
    kind,
    columns: Object.fromEntries(
      differing.map((column) => [
        column,
        { old: shown(column, before?.[column]), new: shown(column, after?.[column]) },
      ]),
    ),
  };
}

function shown(column: string, value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return isSecret(column) ? hidden : value;
}
