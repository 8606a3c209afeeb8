import type { Table } from '../db/table.ts';

/** A row of a file as it is written there. */
export interface SourceRow {
  /** The line of a CSV file where it starts, the place among the rows of an SQLite file; from 1. */
  readonly line: number;
  /** Of the columns that we know; null only where the file tells it from ''. */
  readonly values: Readonly<Record<string, string | null>>;
}

/** What a file has of a table that we know. */
export interface SourceTable {
  readonly table: Table;
  /** The name of the file. */
  readonly file: string;
  readonly rows: readonly SourceRow[];
  readonly unknownColumns: readonly UnknownColumn[];
}

/** A column that we do not know, and how many rows have a value in it. */
export interface UnknownColumn {
  readonly column: string;
  readonly values: number;
}

/** A table that we do not know. */
export interface UnknownTable {
  readonly name: string;
  readonly file: string;
  /** Undefined if the file cannot be read as its name promises. */
  readonly rows: number | undefined;
}

/** The tables of a stock xCAT, as a directory of files has them. */
export interface Dump {
  readonly kind: 'csv' | 'sqlite';
  readonly tables: readonly SourceTable[];
  readonly unknownTables: readonly UnknownTable[];
}

/** `litefile.csv line 3`, `litefile.sqlite row 2`. */
export function nameSource(kind: Dump['kind'], file: string, line: number): string {
  return `${file} ${kind === 'csv' ? 'line' : 'row'} ${line}`;
}
