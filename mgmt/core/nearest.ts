/** Of `known`, the one most like `given`, if it is like it at all: for "did you mean". */
export function nearest(given: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(given.length / 3));
  let best: { word: string; distance: number } | undefined;
  for (const word of known) {
    if (Math.abs(word.length - given.length) > limit) continue;
    const distance = editDistance(given, word);
    if (distance < (best?.distance ?? Infinity)) best = { word, distance };
  }
  return best !== undefined && best.distance <= limit ? best.word : undefined;
}

/** `did you mean x?`, else the fallback. */
export function suggest(given: string, known: Iterable<string>, fallback: string): string {
  const word = nearest(given, known);
  return word === undefined ? fallback : `did you mean ${word}?`;
}

/** Levenshtein: how many letters to add, drop or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let index = 0; index < a.length; index++) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column++) {
      const change = (row[column - 1] ?? 0) + (a[index] === b[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
