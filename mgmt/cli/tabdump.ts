import { type Condition, parseCondition } from '../core/condition.ts';
import { formatCsv } from '../db/csv.ts';
import type { Table } from '../db/table.ts';
import { tables } from '../db/tables.ts';
import { replaceFile } from '../setup/replace-file.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { outputGiven } from './given-path.ts';
import { printJson, withJson } from './json.ts';
import { checkColumn, logs, tableNamed } from './table-arg.ts';

export const tabdump = (context: Context) =>
  command({
    command: 'tabdump [table]',
    describe: 'List the tables, or print one as CSV',
    options: (yargs) =>
      withJson(yargs)
        .positional('table', { type: 'string', describe: 'A table; without one, list them' })
        .option('describe', {
          alias: 'd',
          type: 'boolean',
          default: false,
          describe: 'Say what the tables, or the columns of the table, are for',
        })
        .option('where', {
          alias: 'w',
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'Only rows for which COLUMN==VALUE holds; also != =~ !~ < > <= >=; repeatable',
        })
        .option('file', {
          alias: 'f',
          type: 'string',
          requiresArg: true,
          describe: 'Write into this file',
        })
        .option('lines', {
          alias: 'n',
          type: 'number',
          requiresArg: true,
          describe: 'For the tables auditlog and eventlog of xCAT, which are not here',
        })
        .check(({ table, where, file, describe, lines }) => {
          const rowsWanted = where.length > 0 || file !== undefined;
          if (lines !== undefined && (rowsWanted || describe)) {
            throw new Error('-n goes with no other option');
          }
          if (lines !== undefined && !logs.includes(table ?? '')) {
            throw new Error('-n is for auditlog and eventlog');
          }
          if (rowsWanted && (table === undefined || describe)) {
            throw new Error('--where and --file are for the rows of a table');
          }
          return true;
        }),
    run: async ({ table: name, describe, where, file, json }) => {
      const table = name === undefined ? undefined : tableNamed(name);
      if (table === undefined || describe) return printDocs(context, table, { describe, json });
      const conditions = where.map(parseCondition);
      for (const { column } of conditions) checkColumn(table, column);
      const rows = await matching(context, table, conditions);
      if (file !== undefined) {
        const path = outputGiven(context, '--file', file);
        return replaceFile(path, `${formatCsv(table, rows).join('\n')}\n`, 0o600);
      }
      if (json) return printJson(context, rows);
      for (const line of formatCsv(table, rows)) context.print(line);
    },
  });

/** Disabled rows too: they can be restored only if they are dumped. */
async function matching(context: Context, table: Table, conditions: readonly Condition[]) {
  const rows = await context.store().select(table);
  return rows.filter((row) => conditions.every(({ holds }) => holds(row)));
}

/** The tables, or the columns of one, with what they are for if asked. */
function printDocs(
  context: Context,
  table: Table | undefined,
  { describe, json }: { readonly describe: boolean; readonly json: boolean },
): void {
  const docs = Object.entries<{ readonly doc: string }>(table?.columns ?? tables);
  if (json && describe) {
    printJson(context, Object.fromEntries(docs.map(([name, { doc }]) => [name, doc])));
  } else if (json) {
    printJson(
      context,
      docs.map(([name]) => name),
    );
  } else {
    for (const [name, { doc }] of docs) context.print(describe ? `${name}: ${doc}` : name);
  }
}
