import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { validateRow } from '../core/validate-row.ts';
import { type CsvRow, parseCsv } from '../db/csv.ts';
import type { Rows } from '../db/store.ts';
import type { Table } from '../db/table.ts';
import { tables } from '../db/tables.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { litefileProblems } from './litefile-problems.ts';
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
        .option('add', {
          alias: 'a',
          type: 'boolean',
          default: false,
          describe: 'Keep the rows that are there, and add these',
        }),
    run: async ({ file, add, json }) => {
      const name = basename(file);
      const table = tableNamed(name.split('.')[0] ?? '');
      const csv = parseCsv(await readText(resolve(context.cwd, file)), table, name);
      await context.store().transaction(async (rows) => {
        if (!add) await rows.replaceAll(table, []);
        for (const row of csv) await insertRow(rows, table, row, name);
        if (table === tables.litefile) await refuseProblems(rows);
      });
      if (json) printJson(context, { table: table.name, rows: csv.length });
    },
  });

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `cannot read ${path}`, { cause });
  }
}

async function insertRow(rows: Rows, table: Table, { line, values }: CsvRow, name: string) {
  try {
    validateRow(table.name, values);
    await rows.insert(table, values);
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { code, message, hint, cause } = error;
    const options = hint === undefined ? { cause } : { cause, hint };
    throw new StateliteError(code, `${name} line ${line}: ${message}`, options);
  }
}

async function refuseProblems(rows: Rows): Promise<void> {
  const problems = await litefileProblems(rows);
  if (problems.length === 0) return;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `the litefile table is refused: ${problems.join('; ')}`,
    { hint: 'change the option of one of each pair, or leave one of them out' },
  );
}
