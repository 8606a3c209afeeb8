import { StateliteError } from '../../agent/errors.ts';
import { parseKey } from '../core/assignments.ts';
import { isEnabled } from '../core/cluster.ts';
import type { Table } from '../db/table.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { checkColumn, tableNamed } from './table-arg.ts';

export const gettab = (context: Context) =>
  command({
    command: 'gettab <key> <columns..>',
    describe: 'Print columns of the row that a key fits',
    options: (yargs) =>
      withJson(yargs)
        .positional('key', {
          type: 'string',
          demandOption: true,
          describe: 'Which row, by any columns: key=master, or mgt=ipmi,power=ipmi',
        })
        .positional('columns', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'site.value; one is printed bare, several with their names',
        })
        .option('with-fieldname', {
          alias: 'H',
          type: 'boolean',
          default: false,
          describe: 'Print the name of a single column, too',
        }),
    run: async ({ key, columns: words, withFieldname, json }) => {
      const where = parseKey(key);
      const wanted = words.map(parseColumn);
      for (const { table, column } of wanted) {
        for (const each of [column, ...Object.keys(where)]) checkColumn(table, each);
      }
      const found = await context.store().snapshot(async (rows) => {
        const values: { name: string; value: string }[] = [];
        for (const { table, column } of wanted) {
          const row = (await rows.select(table, where)).find(isInUse);
          if (row !== undefined) {
            values.push({ name: `${table.name}.${column}`, value: row[column] ?? '' });
          }
        }
        return values;
      });
      if (json) {
        printJson(context, Object.fromEntries(found.map(({ name, value }) => [name, value])));
        return;
      }
      const named = withFieldname || wanted.length > 1;
      for (const { name, value } of found) context.print(named ? `${name}: ${value}` : value);
    },
  });

function parseColumn(word: string): { table: Table; column: string } {
  const { name, column } = /^(?<name>\w+)\.(?<column>\w+)$/u.exec(word)?.groups ?? {};
  if (name !== undefined && column !== undefined) return { table: tableNamed(name), column };
  throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(word)} is no column`, {
    hint: 'write table.column, e.g. site.value',
  });
}

function isInUse(row: Readonly<Record<string, string | null>>): boolean {
  return isEnabled({ disable: row['disable'] || null });
}
