/** One item of `parts`: a share of the disk, or from where to where. Bytes are exact. */
export type Part =
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'range'; readonly from: Place; readonly to: Place };

type Place = { readonly bytes: number } | { readonly percent: number };

/** Where a partition is, in bytes from the start of the disk; both are multiples of a MiB. */
export interface Extent {
  readonly start: number;
  readonly size: number;
}

/** A partition begins and ends at a multiple of it; the table and our mark are before the first. */
export const mebibyte = 2 ** 20;

/** GPT has place for 128. */
const mostParts = 128;

/** Of parted(8): powers of 1000, with `i` of 1024. */
const units: Readonly<Record<string, number>> = {
  B: 1,
  K: 1e3,
  KB: 1e3,
  M: 1e6,
  MB: 1e6,
  G: 1e9,
  GB: 1e9,
  T: 1e12,
  TB: 1e12,
  KI: 2 ** 10,
  KIB: 2 ** 10,
  MI: 2 ** 20,
  MIB: 2 ** 20,
  GI: 2 ** 30,
  GIB: 2 ** 30,
  TI: 2 ** 40,
  TIB: 2 ** 40,
};

/**
 * Reads `parts=20,10G-50G,…`: a number is a share of the disk in percent, `A-B` is from A to B.
 * Returns what is wrong with it as a text.
 */
export function parseParts(text: string): Part[] | string {
  if (text.trim() === '') return 'parts is blank: write e.g. parts=50,50';
  const items = text.split(',').map((item) => item.trim());
  if (items.length > mostParts) return `parts has more than ${mostParts} partitions`;
  const parts: Part[] = [];
  for (const item of items) {
    const part = parsePart(item);
    if (part === undefined) return `parts: ${JSON.stringify(item)} is neither 20 nor 10G-50G`;
    parts.push(part);
  }
  return parts;
}

function parsePart(item: string): Part | undefined {
  if (/^\d{1,3}%?$/u.test(item)) {
    const percent = Number(item.replace('%', ''));
    return percent >= 1 && percent <= 100 ? { kind: 'percent', percent } : undefined;
  }
  const [from, to, ...rest] = item.split('-').map((text) => parsePlace(text.trim()));
  return from === undefined || to === undefined || rest.length > 0
    ? undefined
    : { kind: 'range', from, to };
}

function parsePlace(text: string): Place | undefined {
  const [, digits = '', unit = ''] =
    /^(\d{1,12}(?:\.\d{1,3})?)\s*([A-Za-z]{0,3}|%)$/u.exec(text) ?? [];
  if (digits === '') return undefined;
  const number = Number(digits);
  if (unit === '%') return number <= 100 ? { percent: number } : undefined;
  // Without a unit it is what parted takes it for.
  const factor = unit === '' ? 1e6 : units[unit.toUpperCase()];
  return factor === undefined ? undefined : { bytes: number * factor };
}

/**
 * Places the parts on a disk of so many bytes, in order; a share begins where the part before it
 * ends. Stock counts shares in whole gigabytes and forgets ranges. Returns what does not fit as a text.
 */
export function layOut(parts: readonly Part[], bytes: number): Extent[] | string {
  const first = mebibyte;
  // The last MiB belongs to the second table of GPT.
  const end = down(bytes) - mebibyte;
  const usable = end - first;
  if (usable < mebibyte) return `a disk of ${bytes} bytes is too small`;
  const extents: Extent[] = [];
  let cursor = first;
  let shares = 0;
  for (const part of parts) {
    if (part.kind === 'percent') shares += part.percent;
    if (shares > 100) return 'the shares are more than 100 percent';
    const start = part.kind === 'percent' ? cursor : Math.max(first, down(at(part.from, bytes)));
    const stop =
      part.kind === 'percent'
        ? start + down((usable * part.percent) / 100)
        : // parted takes 100% and what rounds to it for the end
          Math.min(down(at(part.to, bytes)), 'percent' in part.to ? end : Infinity);
    if (start < cursor) return `the partition from ${start} on lies over the one before it`;
    if (stop > end) return `a partition up to ${stop} does not fit: there are ${end} bytes`;
    if (stop - start < mebibyte) return 'a partition is smaller than 1 MiB';
    extents.push({ start, size: stop - start });
    cursor = stop;
  }
  return extents;
}

function at(place: Place, bytes: number): number {
  return 'bytes' in place ? place.bytes : (bytes * place.percent) / 100;
}

function down(bytes: number): number {
  return Math.floor(bytes / mebibyte) * mebibyte;
}
