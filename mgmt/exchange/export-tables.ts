import { formatCsv } from '../db/csv.ts';
import type { Table } from '../db/table.ts';
import { type TableRows, tables } from '../db/tables.ts';
import { type Renumbered, renumberTrees } from './renumber-trees.ts';

/** A file that stock xCAT's tabrestore takes. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
  readonly rows: number;
}

/** All tables for stock xCAT, and what they cannot say there. */
export interface Exported {
  readonly files: readonly ExportedFile[];
  readonly renumbered: readonly Renumbered[];
  /** litefile rows whose image is blank, which stock xCAT ignores (mgmt QUIRK-2). */
  readonly ignored: number;
}

/** Every table as `<table>.csv`, disabled rows too. Throws what `renumberTrees` throws. */
export function exportTables(rows: TableRows): Exported {
  const { rows: litetree, renumbered } = renumberTrees(rows.litetree, rows);
  const exported: TableRows = { ...rows, litetree };
  return {
    files: Object.values(tables)
      .filter((table: Table) => table.own === undefined)
      .map((table) => fileOf(table, exported[table.name])),
    renumbered,
    ignored: rows.litefile.filter(({ image }) => image === '').length,
  };
}

function fileOf(
  table: Table,
  rows: readonly Readonly<Record<string, string | null>>[],
): ExportedFile {
  const lines = [...formatCsv(table, []), ...rows.map((row) => lineOf(table, row))];
  return { name: `${table.name}.csv`, text: `${lines.join('\n')}\n`, rows: rows.length };
}

/** Stock xCAT takes a field without anything in it for NULL, which it refuses in most key columns. */
function lineOf(table: Table, row: Readonly<Record<string, string | null>>): string {
  return Object.entries(table.columns)
    .map(([column, spec]) => {
      const mayBeNull =
        spec.blank === undefined || (table.name === 'litetree' && column === 'image');
      if (!mayBeNull && row[column] === '') return '""';
      const [, field = ''] = formatCsv({ ...table, columns: { [column]: spec } }, [row]);
      return field;
    })
    .join(',');
}
