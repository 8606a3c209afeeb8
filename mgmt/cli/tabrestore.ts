import { basename } from 'node:path';
import { parseCsv } from '../db/csv.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { printJson, withJson } from './json.ts';
import { readText, restoreRows } from './restore-rows.ts';
import { tableNamed } from './table-arg.ts';

export const tabrestore = (context: Context) =>
  command({
    command: 'tabrestore <file>',
    describe: 'Replace the rows of a table by those of a CSV file, all or nothing',
    options: (yargs) =>
      withJson(yargs)
        .positional('file', {
          type: 'string',
          demandOption: true,
          describe: 'Its name up to the first dot is the table: litefile.csv, litefile.old.csv',
        })
        .option('addrows', {
          alias: ['a', 'add'],
          type: 'boolean',
          default: false,
          describe: 'Keep the rows that are there, and add these',
        }),
    run: async ({ file, addrows: add, json }) => {
      const path = pathGiven(context, 'the file', file);
      const name = basename(file);
      const table = tableNamed(name.split('.')[0] ?? '');
      const csv = parseCsv(await readText(path), table, name);
      const warnings = await context
        .store()
        .transaction((rows) => restoreRows(rows, table, csv, { name, add }));
      for (const warning of warnings) context.log.warn(warning);
      if (json) printJson(context, { table: table.name, rows: csv.length });
    },
  });
