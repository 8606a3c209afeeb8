import { type Assignment, parseAssignment, parseKey } from '../core/assignments.ts';
import type { Rows } from '../db/store.ts';
import { changeRow } from './change-row.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { checkedTogether, withNewProblems } from './litefile-problems.ts';
import { checkColumn, tableNamed } from './table-arg.ts';
import { rowWarnings } from './warn-of-rows.ts';

type Text = Readonly<Record<string, string>>;

interface Changed {
  readonly result: readonly object[];
  readonly warnings: readonly string[];
}

/** chtab and tabch: xCAT's differ in who writes the tables, ours do the same. */
export const changing = (context: Context, verb: string, describe: string) =>
  command({
    command: `${verb} <key> [assignments..]`,
    describe,
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
          describe: 'litefile.options=tmpfs, or += to add to a comma list; with -d, tables',
        })
        .option('delete', {
          alias: 'd',
          type: 'boolean',
          default: false,
          describe: 'Remove the rows of the tables that the key fits',
        })
        .check(({ assignments, delete: remove }) => {
          if (assignments.length > 0) return true;
          throw new Error(remove ? 'name a table' : 'say what to change');
        }),
    run: async ({ key, assignments: words, delete: remove, json }) => {
      const where = parseKey(key);
      const all = remove ? [] : words.map(parseAssignment);
      const names = new Set(remove ? words : all.map(({ table }) => table));
      const { changed, problems } = await context.store().transaction((rows) => {
        const change = () =>
          remove ? removeRows(rows, where, names) : changeRows(rows, where, all);
        return checkedTogether.some((name) => names.has(name))
          ? withNewProblems(rows, change)
          : change().then((done) => ({ changed: done, problems: [] }));
      });
      for (const warning of [...problems, ...changed.warnings]) context.log.warn(warning);
      if (json) printJson(context, changed.result);
    },
  });

async function removeRows(rows: Rows, where: Text, names: Iterable<string>): Promise<Changed> {
  const result: object[] = [];
  for (const name of names) {
    const table = tableNamed(name);
    for (const column of Object.keys(where)) checkColumn(table, column);
    result.push({ table: name, removed: await rows.remove(table, where) });
  }
  return { result, warnings: [] };
}

async function changeRows(rows: Rows, where: Text, all: readonly Assignment[]): Promise<Changed> {
  const changed: { table: string; row: Awaited<ReturnType<typeof changeRow>> }[] = [];
  for (const [name, assignments] of Map.groupBy(all, ({ table }) => table)) {
    const row = await changeRow(rows, tableNamed(name), where, assignments);
    changed.push({ table: name, row });
  }
  const warnings: string[] = [];
  for (const { table, row } of changed) warnings.push(...(await rowWarnings(rows, table, [row])));
  return { result: changed, warnings };
}
