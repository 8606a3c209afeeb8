import type { BadRow } from './check-rows.ts';
import { type Dump, nameSource, type UnknownColumn, type UnknownTable } from './dump.ts';
import { type Difference, differenceLine, reasonText } from './finding.ts';

/** Everything that an import has to say; never a value of a row that may be secret. */
export interface ImportReport {
  readonly kind: Dump['kind'];
  readonly tables: readonly {
    readonly table: string;
    readonly file: string;
    /** Rows that can be imported. */
    readonly rows: number;
    readonly refused: number;
    readonly unknownColumns: readonly UnknownColumn[];
  }[];
  readonly unknownTables: readonly UnknownTable[];
  readonly refused: readonly BadRow[];
  /** What is wrong with the litefile rows together. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  readonly differences: readonly Difference[];
  readonly committed: boolean;
}

/** The report for people. */
export function reportLines(report: ImportReport): string[] {
  const { kind, tables, unknownTables, refused, problems, notes, differences } = report;
  return [
    ...tables.map(({ file, rows }) => `${file}: ${counted(rows, 'row')}`),
    ...unknownTables.map(
      ({ file, rows }) =>
        `${file}: not imported, there is no such table here (${rows === undefined ? 'not readable' : counted(rows, 'row')})`,
    ),
    ...tables.flatMap(({ file, unknownColumns }) =>
      unknownColumns.map(
        ({ column, values }) =>
          `${file}: the column ${column} is not imported, there is none here (${counted(values, 'value')})`,
      ),
    ),
    ...refused.map(
      ({ file, line, reason, stock }) =>
        `refused: ${nameSource(kind, file, line)}: ${[reason, ...stock.map(reasonText)].join('; ')}`,
    ),
    ...problems.map((problem) => `problem: ${problem}`),
    ...notes.map((note) => `note: ${note}`),
    ...differences.map(differenceLine),
    ...(differences.length === 0
      ? []
      : ['what depends on the content of images and trees: statelite explain NODE PATH']),
  ];
}

/** `1 row`, `2 rows`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
