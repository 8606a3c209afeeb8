import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { type TableName, tables } from '../db/tables.ts';
import type { Dump, SourceTable, UnknownTable } from './dump.ts';
import { countCsv, readCsvFile } from './read-csv-dump.ts';
import { busyTimeout, countSqlite, readSqliteFile } from './read-sqlite-files.ts';

/** A file of the directory that is called like a table. */
interface NamedFile {
  readonly name: string;
  readonly file: string;
  readonly kind: Dump['kind'];
}

/**
 * Reads a directory of dumpxCATdb, `<table>.csv`, or of xCAT's own files, `<table>.sqlite`. Other
 * names do not count. Throws ERR_STATELITE_NOT_FOUND for a directory that is neither,
 * ERR_STATELITE_CSV and _DATABASE for a damaged file of a table that we know. `timeout` is how
 * long a locked SQLite file is waited for, in milliseconds.
 */
export async function readDump(directory: string, timeout = busyTimeout): Promise<Dump> {
  const files = await namedFiles(directory);
  const kind = kindOf(files, directory);
  const found: SourceTable[] = [];
  const unknownTables: UnknownTable[] = [];
  for (const { name, file } of files) {
    const path = join(directory, file);
    if (!(await isFile(path))) refuse(`${path} is not a file`, 'leave only files of tables there');
    if (isTableName(name)) {
      const table = tables[name];
      found.push(
        kind === 'csv'
          ? await readCsvFile(path, file, table)
          : readSqliteFile(path, file, table, timeout),
      );
    } else {
      const rows = kind === 'csv' ? await countCsv(path) : countSqlite(path, name, timeout);
      unknownTables.push({ name, file, rows });
    }
  }
  if (found.length === 0) {
    refuse(`${directory} has no table that statelite knows`, 'tabdump lists the tables');
  }
  return { kind, tables: found, unknownTables };
}

async function namedFiles(directory: string): Promise<NamedFile[]> {
  const entries = await list(directory);
  return entries.toSorted().flatMap((file): NamedFile[] => {
    const { name, kind } = /^(?<name>[^.]+)\.(?<kind>csv|sqlite)$/u.exec(file)?.groups ?? {};
    if (name === undefined) return [];
    return [{ name, file, kind: kind === 'csv' ? 'csv' : 'sqlite' }];
  });
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR', 'EACCES')) throw cause;
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `cannot read the directory ${directory}`, {
      cause,
      hint: 'name the directory that dumpxCATdb -p wrote, or /etc/xcat',
    });
  }
}

function kindOf(files: readonly NamedFile[], directory: string): Dump['kind'] {
  const kinds = new Set(files.map(({ kind }) => kind));
  const [kind] = kinds;
  if (kind === undefined) {
    refuse(
      `${directory} has neither <table>.csv nor <table>.sqlite`,
      'name the directory that dumpxCATdb -p wrote, or /etc/xcat',
    );
  }
  if (kinds.size > 1) {
    refuse(`${directory} has both CSV and SQLite files`, 'leave one kind there: which is newer?');
  }
  return kind;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP')) return false; // a link that leads nowhere
    throw error;
  }
}

function isTableName(name: string): name is TableName {
  return Object.hasOwn(tables, name);
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', problem, { hint });
}
