import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { makeDirectory } from '../../agent/files/make-directory.ts';
import { type Exported, exportTables } from '../exchange/export-tables.ts';
import { counted } from '../exchange/import-report.ts';
import { readTables } from '../db/read-tables.ts';
import { replaceFile } from '../setup/replace-file.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { printJson, withJson } from './json.ts';

export const exportXcat = (context: Context) =>
  command({
    command: 'export <format> <directory>',
    describe: 'Write every table as CSV that the tabrestore of xCAT takes',
    options: (yargs) =>
      withJson(yargs)
        .positional('format', {
          choices: ['xcat'] as const,
          demandOption: true,
          describe: 'What the files are for',
        })
        .positional('directory', {
          type: 'string',
          demandOption: true,
          describe: 'A directory that is empty or not there yet; it will hold passwords',
        })
        .option('force', {
          alias: 'f',
          type: 'boolean',
          default: false,
          describe: 'Write into a directory that has files, over those of the same names',
        }),
    run: async ({ directory, force, json }) => {
      const path = pathGiven(context, 'the directory', directory);
      if (!force) await refuseNonEmpty(path);
      const exported = exportTables(await context.store().snapshot(readTables));
      makeDirectory(path, 0o700);
      for (const { name, text } of exported.files) await replaceFile(join(path, name), text, 0o600);
      if (json) {
        const { files, ...rest } = exported;
        return printJson(context, {
          files: files.map(({ name, rows }) => ({ name, rows })),
          ...rest,
        });
      }
      exportLines(path, exported).forEach(context.print);
    },
  });

async function refuseNonEmpty(path: string): Promise<void> {
  const names = await namesIn(path);
  if (names.length === 0) return;
  throw new StateliteError('ERR_STATELITE_USAGE', `export: ${path} is not empty`, {
    hint: 'name another directory, or use --force to write over files of the same names',
  });
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return [];
    if (!hasCode(cause, 'ENOTDIR', 'EACCES')) throw cause;
    throw new StateliteError('ERR_STATELITE_USAGE', `export: ${path} is no directory to write in`, {
      cause,
    });
  }
}

function exportLines(path: string, { files, renumbered, ignored }: Exported): string[] {
  const filled = files.filter(({ rows }) => rows > 0);
  const ignoredLine = `${counted(ignored, 'litefile row')} with a blank image: xCAT ignores such rows (mgmt QUIRK-2), write ALL`;
  return [
    ...filled.map(({ name, rows }) => `${name}: ${counted(rows, 'row')}`),
    ...renumbered.map(
      ({ image, directory, from, to }) =>
        `litetree.csv: priority ${from} of ${directory} for ${image === '' ? 'any image' : image} is ${to} there: xCAT has one row per priority (mgmt QUIRK-5)`,
    ),
    ...(ignored === 0 ? [] : [ignoredLine]),
    `exported ${counted(files.length, 'table')} to ${path}`,
  ];
}
