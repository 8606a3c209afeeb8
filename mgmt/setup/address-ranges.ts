import { isIPv4 } from 'node:net';

/** Addresses from one to the other, with both. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/** A network, as far as ranges in it care. */
export interface Within {
  readonly contains: (address: string) => boolean;
  /** The DHCP server's own address, which no other machine may get. */
  readonly server: string;
}

/**
 * networks.dynamicrange in the ways that stock reads it: two addresses with `-`, `,` or blanks between
 * them, or `10.77.0.64/26`; `;` stands between ranges. What is no range of the network, has the
 * server's address in it, or meets an earlier range, is among `refused`, as written.
 */
export function addressRanges(
  text: string,
  within: Within,
): { ranges: readonly AddressRange[]; refused: readonly string[] } {
  const ranges: AddressRange[] = [];
  const refused: string[] = [];
  for (const part of text.split(';').map((one) => one.trim())) {
    const found = pairsIn(part);
    for (const range of found) {
      if (isUsable(range, within) && !ranges.some((other) => meet(range, other))) {
        ranges.push(range);
      } else refused.push(found.length === 1 ? part : `${range.first}-${range.last}`);
    }
  }
  return { ranges, refused };
}

/** Two addresses after two others are another range. */
function pairsIn(part: string): AddressRange[] {
  const words = part.split(/[\s,-]+/u).filter((word) => word !== '');
  const [first = ''] = words;
  if (words.length === 1 && first.includes('/')) return [blockOf(first)];
  return Array.from({ length: Math.ceil(words.length / 2) }, (_, index) => {
    const [from = '', to = ''] = words.slice(index * 2);
    return { first: from, last: to };
  });
}

/** Without its first and last address, which may be the network's own and that of all. */
function blockOf(text: string): AddressRange {
  const { address = '', bits = '' } =
    /^(?<address>[\d.]+)\/(?<bits>\d+)$/u.exec(text)?.groups ?? {};
  if (!isIPv4(address) || Number(bits) > 30) return { first: text, last: '' };
  const size = 2 ** (32 - Number(bits));
  const start = Math.trunc(parseIPv4(address) / size) * size;
  return { first: formatIPv4(start + 1), last: formatIPv4(start + size - 2) };
}

function isUsable({ first, last }: AddressRange, { contains, server }: Within): boolean {
  if (!contains(first) || !contains(last)) return false;
  const [from, to, own] = [parseIPv4(first), parseIPv4(last), parseIPv4(server)];
  return from <= to && !(from <= own && own <= to);
}

function meet(a: AddressRange, b: AddressRange): boolean {
  return parseIPv4(a.first) <= parseIPv4(b.last) && parseIPv4(b.first) <= parseIPv4(a.last);
}

/** The address as a number. */
export function parseIPv4(text: string): number {
  return text.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

/** The number as an address. */
export function formatIPv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
