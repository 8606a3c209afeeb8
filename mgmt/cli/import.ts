import { StateliteError } from '../../agent/errors.ts';
import { indexCluster } from '../core/cluster.ts';
import { type CheckedDump, checkRows } from '../exchange/check-rows.ts';
import { stockDifferencesOf } from '../exchange/differences.ts';
import type { Dump } from '../exchange/dump.ts';
import { counted, type ImportReport, reportLines } from '../exchange/import-report.ts';
import { type Imported, importTables } from '../exchange/import-tables.ts';
import { readDump } from '../exchange/read-dump.ts';
import { tableNotes } from '../exchange/table-notes.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { printJson, withJson } from './json.ts';

export const importXcat = (context: Context) =>
  command({
    command: 'import <format> <directory>',
    describe: 'Take over the tables of an xCAT, and tell what will be otherwise here',
    options: (yargs) =>
      withJson(yargs)
        .positional('format', {
          choices: ['xcat'] as const,
          demandOption: true,
          describe: 'What the tables are from',
        })
        .positional('directory', {
          type: 'string',
          demandOption: true,
          describe: 'What dumpxCATdb wrote (<table>.csv), or /etc/xcat (<table>.sqlite)',
        })
        .option('add', {
          alias: 'a',
          type: 'boolean',
          default: false,
          describe: 'Keep the rows that are there; of one key, set the columns that are given',
        })
        .option('skip-bad', {
          type: 'boolean',
          default: false,
          describe: 'Leave refused rows out, and import litefile rows although they do not fit',
        })
        .option('dry-run', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'Change nothing, only tell what would happen',
        }),
    run: async ({ directory, add, skipBad, dryRun, json }) => {
      const path = pathGiven(context, 'the directory', directory);
      const dump = await readDump(path);
      const checked = checkRows(dump);
      const isRefused = checked.bad.length > 0 && !skipBad;
      // The rest of a dump with bad rows would be another cluster: only a rehearsal goes on.
      const imported =
        isRefused && !dryRun
          ? undefined
          : await importTables(context.store(), checked.good, {
              add,
              despiteProblems: skipBad,
              dryRun: dryRun || isRefused,
            });
      const report = reportOf(dump, checked, imported, context);
      if (json) printJson(context, report);
      else reportLines(report).forEach(context.print);
      refuse(report, skipBad);
      if (!json) context.print(summaryOf(report));
    },
  });

function reportOf(
  dump: Dump,
  { good, bad }: CheckedDump,
  imported: Imported | undefined,
  { settings: { installdir, tftpdir } }: Context,
): ImportReport {
  return {
    kind: dump.kind,
    tables: dump.tables.map(({ table, file, unknownColumns }) => ({
      table: table.name,
      file,
      rows: good.find((one) => one.table === table)?.rows.length ?? 0,
      refused: bad.filter((row) => row.file === file).length,
      unknownColumns,
    })),
    unknownTables: dump.unknownTables,
    refused: bad,
    problems: imported?.problems ?? [],
    notes: tableNotes(dump),
    differences:
      imported === undefined
        ? []
        : stockDifferencesOf(indexCluster(imported.rows, { installdir, tftpdir })),
    committed: imported?.committed ?? false,
  };
}

/** A dry run ends as the import itself would. */
function refuse({ refused, problems }: ImportReport, skipBad: boolean): void {
  if (skipBad || (refused.length === 0 && problems.length === 0)) return;
  const what =
    refused.length > 0
      ? `${counted(refused.length, 'row')} cannot be imported`
      : `the litefile table has ${counted(problems.length, 'problem')}`;
  throw new StateliteError('ERR_STATELITE_TABLE', `${what}: nothing is imported`, {
    hint: 'correct them in xCAT and dump again, or use --skip-bad',
  });
}

function summaryOf({ tables, committed }: ImportReport): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const what = `${counted(rows, 'row')} of ${counted(tables.length, 'table')}`;
  return committed ? `imported ${what}` : `nothing is changed; this would import ${what}`;
}
