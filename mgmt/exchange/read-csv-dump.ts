import { readFile } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { parseCsv } from '../db/csv.ts';
import { csvRecords } from '../db/csv-records.ts';
import type { Column, Table } from '../db/table.ts';
import type { SourceTable } from './dump.ts';

/** Reads the dump of a table that we know. Throws ERR_STATELITE_CSV, _NOT_FOUND. */
export async function readCsvFile(path: string, file: string, table: Table): Promise<SourceTable> {
  return parseDumpTable(await readText(path), file, table);
}

/** The rows of a table that we do not know; undefined if it is no CSV. */
export async function countCsv(path: string): Promise<number | undefined> {
  try {
    const [, ...records] = csvRecords(await readText(path), path);
    return records.length;
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_CSV')) return undefined;
    throw error;
  }
}

/**
 * What tabdump wrote, maybe of another xCAT: columns that we do not know are counted and left
 * out. Throws ERR_STATELITE_CSV with the file and the line.
 */
export function parseDumpTable(text: string, file: string, table: Table): SourceTable {
  const known = Object.keys(table.columns);
  const unknown = headerOf(text, file).filter((column) => !known.includes(column));
  const more = unknown.map((column): [string, Column] => [column, { doc: '' }]);
  const wide = { ...table, columns: { ...table.columns, ...Object.fromEntries(more) } };
  const rows = parseCsv(text, wide, file);
  return {
    table,
    file,
    rows: rows.map(({ line, values }) => ({
      line,
      values: Object.fromEntries(
        Object.entries(values)
          .filter(([column]) => !unknown.includes(column))
          .map(([column, value]) => [column, value === '' ? null : value]), // tabdump writes no ''
      ),
    })),
    unknownColumns: unknown.map((column) => ({
      column,
      values: rows.filter(({ values }) => (values[column] ?? '') !== '').length,
    })),
  };
}

/** Names in the header, if it is one; blank ones are parseCsv's matter. */
function headerOf(text: string, file: string): string[] {
  const [header] = csvRecords(text, file);
  if (header === undefined || !header.text.startsWith('#')) return [];
  const [first = '', ...rest] = header.fields;
  return [...new Set([first.slice(1).trim(), ...rest])].filter((column) => column !== '');
}

async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!hasCode(cause, 'ERR_ENCODING_INVALID_ENCODED_DATA')) throw cause;
    throw new StateliteError('ERR_STATELITE_CSV', `${path} is not UTF-8`, {
      cause,
      hint: 'convert it: iconv -f latin1 -t utf-8',
    });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'EACCES', 'EPERM', 'EIO')) throw cause;
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `cannot read ${path}`, { cause });
  }
}
