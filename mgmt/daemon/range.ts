/** First and last byte that are wanted; `unsatisfiable` for a range behind the end. */
export type ByteRange = { readonly first: number; readonly last: number } | 'unsatisfiable';

/**
 * Reads a Range header (RFC 9110, 14.2) for a file of `size` bytes. Undefined means all of it:
 * no header, several ranges, another unit or a malformed header, as the RFC allows.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '') {
    if (to === '') return undefined;
    const length = Math.min(Number(to), size);
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return undefined;
  if (first >= size) return 'unsatisfiable';
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}
