import { StateliteError } from '../errors.ts';
import type { LitefileRow, Specificity } from '../protocol/answer.ts';
import { type ParsedRow, parseRow } from './row.ts';

/** Most specific first (semantics 1.1). */
const ranks: readonly Specificity[] = ['image', 'group', 'ALL', 'blank'];

export interface RankedRow extends ParsedRow {
  readonly specificity: Specificity;
}

/** The row that counts for a path, and those it beat. */
export interface Winner extends RankedRow {
  readonly lost: readonly RankedRow[];
}

/**
 * One row per written path: the most specific wins, equal rows are one, equally specific rows
 * that differ are refused naming both (semantics 1.1). Every row must be valid by itself.
 */
export function selectRows(rows: readonly LitefileRow[]): Winner[] {
  const byPath = Map.groupBy(rankRows(rows), ({ path }) => path);
  return [...byPath.values()].map(winnerOf);
}

/** Every row, valid by itself (semantics 1.2-1.4), with how specific it is. */
export function rankRows(rows: readonly LitefileRow[]): RankedRow[] {
  return rows.map((row) => ({ ...parseRow(row), specificity: row.specificity }));
}

/** The winner among the rows of one path, or of one place in the image (semantics 1.5). */
export function winnerOf<Row extends RankedRow>(rows: readonly Row[]): Row & Winner {
  const [first, ...rest] = rows.toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) throw new Error('no row to choose from');
  const equals = rest.filter((row) => row.specificity === first.specificity);
  const rival = equals.find((row) => row.option !== first.option);
  if (rival !== undefined) refuseRivals(first, rival);
  const directory = first.directory || equals.some((row) => row.directory);
  return { ...first, directory, lost: rest.filter((row) => !equals.includes(row)) };
}

/** A number that sorts the most specific first. */
export function rank({ specificity }: { readonly specificity: Specificity }): number {
  return ranks.indexOf(specificity);
}

function refuseRivals(first: RankedRow, rival: RankedRow): never {
  const name = (row: RankedRow) => `${JSON.stringify(row.written)} (${row.option})`;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `two litefile rows for one path disagree: ${name(first)} and ${name(rival)}`,
    { hint: 'remove one of them, or give the more important one the name of the image' },
  );
}
