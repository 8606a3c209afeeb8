import { StateliteError } from '../../agent/errors.ts';
import { suggest } from '../core/nearest.ts';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import type { Table } from './table.ts';

/** A row of a file. */
export interface CsvRow {
  /** Where it starts, from 1. */
  readonly line: number;
  /** Of the columns in the header; a blank one is ''. */
  readonly values: Readonly<Record<string, string>>;
}

/** The lines of tabdump: the columns after `#`, then a line per row; a value may hold line breaks. */
export function formatCsv(
  { columns }: Table,
  rows: readonly Readonly<Record<string, string | null>>[],
): string[] {
  const names = Object.keys(columns);
  const line = (row: Readonly<Record<string, string | null>>) =>
    names.map((name) => quote(row[name] ?? '')).join(',');
  return [`#${names.join(',')}`, ...rows.map(line)];
}

/**
 * Reads what tabdump, a spreadsheet or a person wrote. The header may have the columns in any
 * order, and only some. Blanks around commas, blank lines, later comments and surplus commas at
 * the end of a row do not count. Throws ERR_STATELITE_CSV with `name` and the line.
 */
export function parseCsv(text: string, table: Table, name: string): CsvRow[] {
  const [header, ...records] = csvRecords(text, name);
  if (header === undefined || !header.text.startsWith('#')) {
    refuse(
      `${name} line ${header?.line ?? 1}`,
      'Data missing header line starting with #',
      `begin with ${headerOf(table)}`,
    );
  }
  const columns = headerColumns(header.fields, table, `${name} line ${header.line}`);
  return records
    .filter((record) => !isComment(record) && record.fields.some((field) => field !== ''))
    .map(({ line, fields }) => {
      if (fields.slice(columns.length).some((field) => field !== '')) {
        refuse(
          `${name} line ${line}`,
          `${fields.length} values for ${columns.length} columns`,
          'put a value that holds commas in double quotes',
        );
      }
      const values = columns.map((column, index) => [column, fields[index] ?? '']);
      return { line, values: Object.fromEntries(values) };
    });
}

function isComment({ text }: CsvRecord): boolean {
  return text.startsWith('#') && !text.includes('"');
}

function headerColumns(fields: readonly string[], table: Table, where: string): string[] {
  const columns = [...fields].map((field, index) => (index === 0 ? field.slice(1).trim() : field));
  while (columns.at(-1) === '') columns.pop();
  const known = Object.keys(table.columns);
  const unknown = columns.find((column) => !known.includes(column));
  if (unknown !== undefined) {
    refuse(
      where,
      `${table.name} has no column ${JSON.stringify(unknown)}`,
      suggest(unknown, known, headerOf(table)),
    );
  }
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) refuse(where, `${twice} is named twice`, headerOf(table));
  return columns;
}

function headerOf({ columns }: Table): string {
  return `#${Object.keys(columns).join(',')}`;
}

function quote(value: string): string {
  return value === '' ? '' : `"${value.replaceAll('"', '""')}"`;
}

function refuse(where: string, problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_CSV', `${where}: ${problem}`, { hint });
}
