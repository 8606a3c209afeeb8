import { StateliteError } from '../../agent/errors.ts';
import { appendWords, type Assignment } from '../core/assignments.ts';
import { validateRow } from '../core/validate-row.ts';
import type { Rows } from '../db/store.ts';
import type { Row, Table } from '../db/table.ts';
import { checkColumn } from './table-arg.ts';

type Text = Readonly<Record<string, string>>;

/**
 * Changes the row that `where` fits, or adds it, also if all that is set is blank (mgmt QUIRK-3);
 * returns it as it is then. A column of the key may be given either way: `priority=1
 * litetree.image=b` is another row than that of image a (QUIRK-6). A key that is not complete means
 * the one row it fits; ERR_STATELITE_TABLE if it fits several.
 */
export async function changeRow(
  rows: Rows,
  table: Table,
  where: Text,
  assignments: readonly Assignment[],
): Promise<Readonly<Record<string, string | null>>> {
  for (const column of Object.keys(where)) checkColumn(table, column);
  for (const { column } of assignments) checkColumn(table, column);
  const keys = assignments.filter(({ column }) => table.key.includes(column));
  const find = {
    ...Object.fromEntries(keys.map(({ column, value }) => [column, value])),
    ...where,
  };
  const found = await theRow(rows, table, find);
  const values = assignments.map(({ column, value, append }) => {
    if (column in where && where[column] !== value) refuseKeyChange(table, column);
    return [column, append ? appendWords(found?.[column] ?? '', value) : value] as const;
  });
  const key = Object.fromEntries(table.key.map((column) => [column, found?.[column] ?? '']));
  const changes = { ...key, ...find, ...Object.fromEntries(values) };
  const changed = { ...found, ...changes };
  validateRow(table.name, changed);
  await rows.upsert(table, changes);
  return changed;
}

/** The row that `find` fits; several are an error. */
async function theRow(rows: Rows, table: Table, find: Text): Promise<Row<Table> | undefined> {
  const [row, ...more] = await rows.select(table, find);
  if (more.length === 0) return row;
  const missing = table.key.filter((column) => !(column in find));
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `${more.length + 1} rows of ${table.name} fit ${Object.entries(find)
      .map((pair) => pair.join('='))
      .join(',')}`,
    { hint: `say which one is meant: give ${missing.join(' and ')} as well` },
  );
}

function refuseKeyChange(table: Table, column: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', `${table.name}.${column} cannot be changed`, {
    hint: 'it says which row is meant; add another row and remove this one',
  });
}
