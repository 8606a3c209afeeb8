import { StateliteError } from '../../agent/errors.ts';
import type { TableRows } from '../db/tables.ts';

type LitetreeRow = TableRows['litetree'][number];
type ImageNames = Pick<TableRows, 'osimage'>;

/** A row that stock xCAT can only have under another priority. */
export interface Renumbered {
  readonly image: string;
  readonly directory: string;
  readonly from: string;
  readonly to: string;
}

/** More digits behind the point than a priority that people wrote leaves no room for. */
const mostDigits = 15;

/**
 * litetree rows whose priorities are all different, as stock xCAT wants them (mgmt QUIRK-5): each
 * image searches in the same order as before. Rows stay in table order. Throws
 * ERR_STATELITE_TABLE if there is no number left between two.
 */
export function renumberTrees(
  rows: readonly LitetreeRow[],
  { osimage }: ImageNames,
): { rows: LitetreeRow[]; renumbered: Renumbered[] } {
  const images = new Set(osimage.map(({ imagename }) => imagename));
  // A disabled row may hold anything, also what is no number.
  const numbered = rows.filter(({ priority }) => !Number.isNaN(Number(priority)));
  const alike = Map.groupBy(numbered, ({ priority }) => Number(priority));
  const numbers = [...alike.keys()].toSorted((a, b) => a - b);
  const priorities = new Map<LitetreeRow, string>();
  for (const [index, number] of numbers.entries()) {
    const same = alike.get(number) ?? [];
    // Of equal priorities the more specific is searched first, then the earlier (semantics 1.7).
    const ordered = same.toSorted((a, b) => classOf(a, images) - classOf(b, images));
    const texts = spread(ordered, number, numbers[index + 1] ?? Infinity);
    for (const [at, row] of ordered.entries()) priorities.set(row, texts[at] ?? row.priority);
  }
  const renumbered = rows.map((row) => ({ ...row, priority: priorities.get(row) ?? row.priority }));
  const changes = rows.flatMap(({ image, directory, priority: from }, index): Renumbered[] => {
    const to = renumbered[index]?.priority ?? from;
    return to === from ? [] : [{ image, directory, from, to }];
  });
  return { rows: renumbered, renumbered: changes };
}

function classOf({ image }: LitetreeRow, images: ReadonlySet<string>): number {
  if (image === '') return 3;
  if (image === 'ALL') return 2;
  return images.has(image.trim()) ? 0 : 1;
}

/** The first keeps its number; the others get the next ones, by the widest step that fits. */
function spread(rows: readonly LitetreeRow[], number: number, next: number): string[] {
  const [first] = rows;
  if (first === undefined || rows.length === 1) return rows.map(({ priority }) => priority);
  for (let digits = 1; digits <= mostDigits; digits += 1) {
    const texts = rows.map((_, index) => plus(first.priority.trim(), index, digits));
    const values = [...texts.map(Number), next];
    const rises = values.every(
      (value, index) => index === 0 || value > (values[index - 1] ?? value),
    );
    if (rises) return [first.priority, ...texts.slice(1)];
  }
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `there are ${rows.length} litetree rows of priority ${number}, and no numbers left before ${next}`,
    { hint: 'stock xCAT has one row per priority: write rounder numbers' },
  );
}

/** Adds `count` units of that many digits behind the point, exactly. */
function plus(priority: string, count: number, digits: number): string {
  const {
    sign,
    whole = '',
    fraction = '',
  } = /^(?<sign>[+-]?)(?<whole>\d*)\.?(?<fraction>\d*)$/u.exec(priority)?.groups ?? {};
  const places = Math.max(fraction.length, digits);
  const scaled = BigInt(`${whole}${fraction.padEnd(places, '0')}`) * (sign === '-' ? -1n : 1n);
  const sum = scaled + BigInt(count) * 10n ** BigInt(places - digits);
  const text = (sum < 0n ? -sum : sum).toString().padStart(places + 1, '0');
  const cut = text.length - places;
  return `${sum < 0n ? '-' : ''}${text.slice(0, cut)}.${text.slice(cut)}`;
}
