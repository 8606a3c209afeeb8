import { readFile } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { validateRow } from '../core/validate-row.ts';
import type { CsvRow } from '../db/csv.ts';
import type { Rows } from '../db/store.ts';
import { nameRow, storedKey, storedRow } from '../db/stored.ts';
import type { Table } from '../db/table.ts';
import { tables } from '../db/tables.ts';
import { litefileProblems, withNewProblems } from './litefile-problems.ts';
import { rowWarnings } from './warn-of-rows.ts';

/** A longer list helps nobody. */
const mostErrors = 20;

/**
 * Puts the rows of a file in place of those of a table, or with `add` beside them; returns what to
 * warn of. Throws for all rows that are refused at once: ERR_STATELITE_ROW and the like naming the
 * file, line and row. What was done until then must be rolled back.
 */
export async function restoreRows(
  rows: Rows,
  table: Table,
  csv: readonly CsvRow[],
  { name, add }: { readonly name: string; readonly add: boolean },
): Promise<string[]> {
  refuseRows(table, csv, name, add ? await rows.select(table) : []);
  const written = csv.map(({ values }) => values);
  const write = () => (add ? rows.insertAll(table, written) : rows.replaceAll(table, written));
  let problems: string[] = [];
  if (table.name === tables.osimage.name) {
    ({ problems } = await withNewProblems(rows, write));
  } else {
    await write();
    if (table.name === tables.litefile.name || table.name === tables.litetree.name) {
      refuseProblems(await litefileProblems(rows), table, name);
    }
  }
  return [...problems, ...(await rowWarnings(rows, table.name, written))];
}

/** Throws ERR_STATELITE_NOT_FOUND naming the path. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `cannot read ${path}`, { cause });
  }
}

type Text = Readonly<Record<string, string | null>>;

function refuseRows(
  table: Table,
  csv: readonly CsvRow[],
  name: string,
  present: readonly Text[],
): void {
  const keyOf = (row: Text) => JSON.stringify(Object.values(storedKey(table, row)));
  const places = new Map(present.map((row) => [keyOf(row), 'in the table']));
  const refused: { line: number; error: StateliteError }[] = [];
  for (const { line, values } of csv) {
    try {
      validateRow(table.name, values);
      storedRow(table, values);
      const place = places.get(keyOf(values));
      if (place !== undefined) refuseSecond(table, values, place);
      places.set(keyOf(values), `on line ${line}`);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      refused.push({ line, error });
    }
  }
  const [first] = refused;
  if (first === undefined) return;
  if (refused.length === 1) {
    const { code, message, hint, cause } = first.error;
    throw new StateliteError(code, `${name} line ${first.line}: ${message}`, {
      ...(hint !== undefined && { hint }),
      cause,
    });
  }
  const lines = refused
    .slice(0, mostErrors)
    .map(({ line, error: { message, hint } }) =>
      [`line ${line}: ${message}`, ...(hint === undefined ? [] : [hint])].join('; '),
    );
  const more = refused.length > mostErrors ? [`and ${refused.length - mostErrors} more`] : [];
  throw new StateliteError(
    first.error.code,
    [`${name}: ${refused.length} rows are refused`, ...lines, ...more].join('\n'),
    { hint: 'nothing was changed' },
  );
}

function refuseSecond(table: Table, row: Text, place: string): never {
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `${nameRow(table, row)} is there already, ${place}`,
    { hint: 'change that row, or remove one of the two' },
  );
}

function refuseProblems(problems: readonly string[], table: Table, name: string): void {
  if (problems.length === 0) return;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `${name}: the ${table.name} table is refused: ${problems.join('; ')}`,
    { hint: 'change one row of each pair, or leave it out' },
  );
}
