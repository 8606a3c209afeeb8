import { StateliteError } from '../../agent/errors.ts';
import type { Connection } from './backend.ts';
import { parseRow } from './history.ts';
import { historyChange, historyRow } from './history-tables.ts';
import { chunksOf, columnsOf, rowsByKey } from './many-rows.ts';
import { isReported, isSameRow, type Recorder } from './recorder.ts';
import { insertNew, write } from './rows.ts';
import { nameRow, type Stored } from './stored.ts';
import type { Table } from './table.ts';
import { tables } from './tables.ts';

/** What was undone: a change, and how many rows were written back. */
export interface Undone {
  readonly change: number;
  readonly who: string;
  readonly command: string;
  readonly rows: number;
}

/** A row of a change: as it was, as the change left it, as it is. */
interface Entry {
  readonly id: string;
  readonly place: string | null;
  readonly old: Stored | undefined;
  readonly new: Stored | undefined;
  readonly now: Stored | undefined;
}

/**
 * Writes the rows of a change back as they were before it; without a number, of the last change.
 * A removed row comes back to its old place if that is free. Throws ERR_STATELITE_NOT_FOUND for a
 * change that is not known; unless `force`, ERR_STATELITE_TABLE if a row is no longer as the
 * change left it.
 */
export async function undoChange(
  db: Connection,
  recorder: Recorder,
  { change, force }: { readonly change: number | undefined; readonly force: boolean },
): Promise<Undone> {
  const { number, who, command } = await findChange(db, change);
  const rows = await db
    .selectFrom(historyRow.name)
    .select(columnsOf(historyRow))
    .where('change', '=', number)
    .orderBy('seq')
    .execute();
  for (const [name, some] of Map.groupBy(rows, (row) => row['table'] ?? '')) {
    const table = tableOf(name);
    const entries = await entriesOf(db, table, some);
    if (!force) await refuseChanged(db, table, entries, number);
    await writeBack(db, table, entries, recorder);
  }
  return { change: Number(number), who, command, rows: rows.length };
}

async function findChange(db: Connection, wanted: number | undefined) {
  const all = db.selectFrom(historyChange.name).select(columnsOf(historyChange));
  const found = await (
    wanted === undefined
      ? all.orderBy('seq', 'desc').limit(1)
      : all.where('number', '=', String(wanted))
  ).executeTakeFirst();
  if (found !== undefined) {
    return {
      number: found['number'] ?? '',
      who: found['who'] ?? '',
      command: found['command'] ?? '',
    };
  }
  const what = wanted === undefined ? 'there is no change yet' : `there is no change ${wanted}`;
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', what, { hint: 'statelite log lists them' });
}

function tableOf(name: string): Table {
  const table = Object.values<Table>(tables).find((each) => each.name === name);
  if (table !== undefined) return table;
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `No such table: ${name}`, {
    hint: 'the change is one of another statelite',
  });
}

async function entriesOf(db: Connection, table: Table, rows: readonly Stored[]): Promise<Entry[]> {
  const now = await rowsByKey(
    db,
    table,
    rows.map((row) => parseRow(row['key']) ?? {}),
  );
  return rows.map((row) => {
    const id = row['key'] ?? '';
    const place = row['place'] ?? null;
    const [before, after] = [parseRow(row['old']), parseRow(row['new'])];
    return { id, place, old: before, new: after, now: now.get(id) };
  });
}

async function refuseChanged(
  db: Connection,
  table: Table,
  entries: readonly Entry[],
  number: string,
): Promise<void> {
  const changed = entries.find((entry) => !isSameRow(table, entry.now, entry.new));
  if (changed === undefined) return;
  const last = await db
    .selectFrom(historyRow.name)
    .select('change')
    .where('table', '=', table.name)
    .where('key', '=', changed.id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const later = last?.['change'];
  const by = later === undefined || later === number ? '' : `, by change ${later}`;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `${nameRow(table, parseRow(changed.id) ?? {})} has been changed since change ${number}${by}`,
    { hint: `${by === '' ? '' : `undo ${later} first, or `}--force writes the old row anyway` },
  );
}

async function writeBack(
  db: Connection,
  table: Table,
  entries: readonly Entry[],
  recorder: Recorder,
): Promise<void> {
  const wanted = entries.map((entry) => ({ ...entry, old: wholeRow(table, entry) }));
  for (const { old, now } of wanted) recorder.changed(table, now, old);
  const added = wanted.flatMap(({ old, now }) =>
    old === undefined && now !== undefined ? [now] : [],
  );
  for (const chunk of chunksOf(table, added)) {
    const seqs = chunk.map(({ seq }) => seq ?? '');
    await db.deleteFrom(table.name).where('seq', 'in', seqs).execute();
  }
  const taken = await placesIn(db, table);
  const toWrite = wanted.flatMap(({ old, now, place }) =>
    old === undefined ? [] : [{ row: old, seq: now === undefined ? place : null }],
  );
  const isFree = ({ seq }: { seq: string | null }) => seq !== null && !taken.has(seq);
  const placed = toWrite.filter(isFree).map(({ row, seq }) => ({ seq, ...row }));
  await insertNew(db, table, placed);
  await write(
    db,
    table,
    toWrite.filter((each) => !isFree(each)).map(({ row }) => row),
  );
}

/** Every column: what nodes reported meanwhile stays, and blank ones are not in the history. */
function wholeRow(table: Table, { old, now }: Entry): Stored | undefined {
  if (old === undefined) return undefined;
  return Object.fromEntries(
    columnsOf(table).map((column) => {
      const from = now !== undefined && isReported(table, column) ? now : old;
      return [column, from[column] ?? null];
    }),
  );
}

async function placesIn(db: Connection, table: Table): Promise<Set<string>> {
  const rows = await db.selectFrom(table.name).select('seq').execute();
  return new Set(rows.map(({ seq }) => String(seq)));
}
