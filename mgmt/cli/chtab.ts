import { StateliteError } from '../../agent/errors.ts';
import { appendWords, type Assignment, parseAssignment, parseKey } from '../core/assignments.ts';
import { validateRow } from '../core/validate-row.ts';
import type { Rows } from '../db/store.ts';
import type { Row, Table } from '../db/table.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { withNewProblems } from './litefile-problems.ts';
import { checkColumn, tableNamed } from './table-arg.ts';

type Text = Readonly<Record<string, string>>;

export const chtab = (context: Context) =>
  command({
    command: 'chtab <key> [assignments..]',
    describe: 'Change a row of a table, or add it; -d removes rows',
    options: (yargs) =>
      withJson(yargs)
        .positional('key', {
          type: 'string',
          demandOption: true,
          describe: 'Which row: image=ALL,file=/etc/motd',
        })
        .positional('assignments', {
          type: 'string',
          array: true,
          default: [],
          describe: 'litefile.options=tmpfs, or += to add to a comma list; with -d, a table',
        })
        .option('delete', {
          alias: 'd',
          type: 'boolean',
          default: false,
          describe: 'Remove the rows of the table that have this key',
        })
        .check(({ assignments, delete: remove }) => {
          if (assignments.length === 0) throw new Error('say what to change');
          if (remove && assignments.length > 1) throw new Error('-d takes one table');
          return true;
        }),
    run: async ({ key, assignments, delete: remove, json }) => {
      const where = parseKey(key);
      const { changed, problems } = await context
        .store()
        .transaction((rows) =>
          withNewProblems(rows, () =>
            remove
              ? removeRows(rows, where, assignments[0] ?? '')
              : changeRows(rows, where, assignments.map(parseAssignment)),
          ),
        );
      for (const problem of problems) context.log.warn(problem);
      if (json) printJson(context, changed);
    },
  });

async function removeRows(rows: Rows, where: Text, name: string): Promise<object> {
  const table = tableNamed(name);
  for (const column of Object.keys(where)) checkColumn(table, column);
  return { table: name, removed: await rows.remove(table, where) };
}

async function changeRows(rows: Rows, where: Text, all: readonly Assignment[]): Promise<object[]> {
  const changed: object[] = [];
  for (const [name, assignments] of Map.groupBy(all, ({ table }) => table)) {
    const row = await changeRow(rows, tableNamed(name), where, assignments);
    changed.push({ table: name, row });
  }
  return changed;
}

/**
 * A column of the key may be given either way: `priority=1 litetree.image=b` is another row than
 * that of image a (QUIRK-6). A key that is not complete means the one row it fits.
 */
async function changeRow(
  rows: Rows,
  table: Table,
  where: Text,
  assignments: readonly Assignment[],
): Promise<object> {
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
