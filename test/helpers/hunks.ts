/** A place where two texts are different: what each of them has there, blanks included. */
export interface Hunk {
  /** The first word of the line of the first text; what the line is about. */
  readonly line: string;
  readonly stock: string;
  readonly ours: string;
}

/** How one text is made of another, word by word: the fewest words, blanks and line ends that change. */
export function hunksOf(stock: string, ours: string): Hunk[] {
  const [left, right] = [tokensOf(stock), tokensOf(ours)];
  const common = commonTokens(left, right);
  const hunks: Hunk[] = [];
  let [from, to] = [0, 0];
  for (const [i, j] of [...common, [left.length, right.length] as const]) {
    const hunk = { stock: left.slice(from, i).join(''), ours: right.slice(to, j).join('') };
    if (hunk.stock + hunk.ours !== '') hunks.push({ line: lineAt(left, from), ...hunk });
    [from, to] = [i + 1, j + 1];
  }
  return hunks;
}

function tokensOf(text: string): string[] {
  return text.match(/\n|[^\S\n]+|\S+/gu) ?? [];
}

/** The longest common subsequence, as pairs of places. */
function commonTokens(left: readonly string[], right: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  const length = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const same = left[i] === right[j];
      const row = lengths[i];
      if (row !== undefined) {
        row[j] = same ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
      }
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) pairs.push([i++, j++]);
    else if (length(i + 1, j) >= length(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

function lineAt(tokens: readonly string[], at: number): string {
  const start = tokens.lastIndexOf('\n', at - 1) + 1;
  return tokens.slice(start).find((token) => /\S/u.test(token)) ?? '';
}
