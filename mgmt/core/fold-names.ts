/** More digits than a range counts exactly. */
const mostDigits = 15;

interface Spelled {
  readonly name: string;
  /** What stands before, in and after its numbers, in turn; odd places hold the numbers. */
  readonly parts: readonly string[];
}

/**
 * Many names in few words: `cn001,cn002,cn004,login` is `cn[001-002,004],login`. Each name once,
 * sorted. A part with brackets stands for its names by `expandNames`; every other is a name.
 */
export function foldNames(names: Iterable<string>): string {
  const distinct = new Set(names);
  let left: Spelled[] = [...distinct].map((name) => ({ name, parts: name.split(/(\d+)/u) }));
  const folded: string[] = [];
  // The last number varies most often: cn01, cn02. But in cn01-ib0, cn02-ib0 it is the first.
  const most = Math.max(0, ...left.map(({ parts }) => (parts.length - 1) / 2));
  for (let fromEnd = 0; fromEnd < most; fromEnd += 1) {
    const alike = Map.groupBy(left, (spelled) => frameOf(spelled, fromEnd));
    left = [];
    for (const group of alike.values()) {
      const [first, second] = group;
      if (first === undefined || second === undefined || !canFold(first, fromEnd)) {
        left.push(...group);
      } else {
        folded.push(bracketed(group, fromEnd));
      }
    }
  }
  return [...folded, ...left.map(({ name }) => name)].toSorted().join(',');
}

/** The name without the number at that place; of its own if it has none there. */
function frameOf({ name, parts }: Spelled, fromEnd: number): string {
  const place = placeOf(parts, fromEnd);
  return JSON.stringify(place < 0 ? [name] : parts.with(place, '#'));
}

function placeOf(parts: readonly string[], fromEnd: number): number {
  return parts.length - 2 - 2 * fromEnd;
}

/** Brackets in a name would be read as a list. */
function canFold({ name, parts }: Spelled, fromEnd: number): boolean {
  return placeOf(parts, fromEnd) > 0 && !/[[\],]/u.test(name);
}

function bracketed(group: readonly Spelled[], fromEnd: number): string {
  const parts = group[0]?.parts ?? [];
  const place = placeOf(parts, fromEnd);
  const numbers = group.map((spelled) => spelled.parts[place] ?? '');
  const head = parts.slice(0, place).join('');
  const tail = parts.slice(place + 1).join('');
  return `${head}[${ranges(numbers).join(',')}]${tail}`;
}

/** `001-003` for neighbours of one width, as counting from the first writes them. */
function ranges(numbers: readonly string[]): string[] {
  const sorted = numbers.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const found: { from: string; to: string }[] = [];
  // 9 and 10 are neighbours, 09 and 10 too, but 9 and 010 are not.
  for (const number of sorted) {
    const last = found.at(-1);
    if (last !== undefined && follows(last.from, last.to, number)) last.to = number;
    else found.push({ from: number, to: number });
  }
  return found.map(({ from, to }) => (from === to ? from : `${from}-${to}`));
}

function follows(from: string, to: string, next: string): boolean {
  if (next.length > mostDigits) return false;
  return String(Number(to) + 1).padStart(from.length, '0') === next;
}
