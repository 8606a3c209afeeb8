import { StateliteError } from '../../agent/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Table } from '../db/table.ts';
import { type TableName, tables } from '../db/tables.ts';

/** Tables that xCAT has for its logs. */
export const logs: readonly string[] = ['auditlog', 'eventlog'];

/** The table an administrator names. Throws ERR_STATELITE_NOT_FOUND in xCAT's words. */
export function tableNamed(name: string): (typeof tables)[TableName] {
  if (isTableName(name)) return tables[name];
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `No such table: ${name}`, {
    hint: logs.includes(name)
      ? 'statelite log says who changed what, the journal what the daemon did'
      : suggest(name, Object.keys(tables), 'tabdump lists the tables'),
  });
}

/** Throws ERR_STATELITE_NOT_FOUND if the table has no such column. */
export function checkColumn({ name, columns }: Table, column: string): void {
  if (Object.hasOwn(columns, column)) return;
  const known = Object.keys(columns);
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `${name} has no column ${column}`, {
    hint: suggest(column, known, `its columns are ${known.join(', ')}`),
  });
}

/**
 * Throws ERR_STATELITE_NOT_FOUND if a word about a column, `table.column=value` or a condition, names
 * a table or a column that is not there.
 */
export function checkNamed(word: string): void {
  const { table, column } =
    /^(?<table>\w+)\.(?<column>\w+)(?:[=!]|,=|\^=)/u.exec(word)?.groups ?? {};
  if (table !== undefined && column !== undefined) checkColumn(tableNamed(table), column);
}

function isTableName(name: string): name is TableName {
  return Object.hasOwn(tables, name);
}
