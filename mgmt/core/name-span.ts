import { StateliteError } from '../../agent/errors.ts';

/** More names than any cluster has nodes: somebody mistyped a number. */
const maxNames = 100_000;

/** A span of two names is no longer than this, and a name has fewer letters. */
const maxSpanLength = 600;

/**
 * The names that `cn[01-16,20]`, `cn01-cn16`, `cn01:cn16` or `cn01+15` stands for, whether such
 * nodes exist or not; zero padding is kept. Undefined if the text is none of these. Throws
 * ERR_STATELITE_NODERANGE for more names than anybody has nodes, and for numbers that count down.
 */
export function expandNames(text: string): string[] | undefined {
  if (text.includes('[')) return expandBrackets(text);
  if (text.length > maxSpanLength) return undefined;
  return expandSpan(text) ?? expandPlus(text);
}

/** Text and bracket lists in turn; every combination is a name. */
function expandBrackets(text: string): string[] | undefined {
  const pieces = text.split(/\[(?<list>[^[\]]+)\]/u); // odd places hold the lists
  let names = [''];
  for (const [place, piece] of pieces.entries()) {
    if (place % 2 === 0) {
      if (/[[\]]/u.test(piece)) return undefined;
      if (piece !== '') names = names.map((name) => name + piece);
    } else {
      const numbers = expandList(text, piece, names.length);
      if (numbers === undefined) return undefined;
      names = names.flatMap((name) => numbers.map((number) => name + number));
    }
  }
  return names;
}

/** `1-3,7`, each to be combined with so many names. */
function expandList(text: string, list: string, combined: number): string[] | undefined {
  const all: string[] = [];
  for (const item of list.split(',')) {
    const numbers = expandNumbers(item.trim());
    if (numbers === undefined) return undefined;
    checkCount(text, (all.length + numbers.length) * combined);
    for (const number of numbers) all.push(number);
  }
  return all;
}

/** `7` or `01-16`. */
function expandNumbers(item: string): string[] | undefined {
  const { from, to } = /^(?<from>\d+)(?:[-:](?<to>\d+))?$/u.exec(item)?.groups ?? {};
  if (from === undefined) return undefined;
  return to === undefined ? [from] : count(item, from, to);
}

/** Two names that differ in one number, with `-` or `:` between; names may hold `-` themselves. */
function expandSpan(text: string): string[] | undefined {
  for (const { index } of text.matchAll(/[-:]/gu)) {
    const names = betweenNames(text, text.slice(0, index), text.slice(index + 1));
    if (names !== undefined) return names;
  }
  return undefined;
}

function betweenNames(text: string, first: string, last: string): string[] | undefined {
  const a = first.split(/(\d+)/u); // odd places hold the numbers
  const b = last.split(/(\d+)/u);
  const differing = [...a.keys()].filter((index) => a[index] !== b[index]);
  const [place] = differing;
  if (a.length !== b.length || differing.length !== 1 || place === undefined || place % 2 === 0) {
    return undefined;
  }
  return count(text, a[place] ?? '', b[place] ?? '').map((number) =>
    a.with(place, number).join(''),
  );
}

/** `cn01+15`: that node and the 15 after it. */
function expandPlus(text: string): string[] | undefined {
  const match = /^(?<head>.*?)(?<from>\d+)(?<tail>\D*)\+(?<more>\d+)$/u.exec(text);
  const { head = '', from = '', tail = '', more = '' } = match?.groups ?? {};
  if (match === null) return undefined;
  const numbers = count(text, from, String(Number(from) + Number(more)));
  return numbers.map((number) => head + number + tail);
}

/** The numbers from one to the other, as wide as the first. */
function count(text: string, from: string, to: string): string[] {
  const [first, last] = [Number(from), Number(to)];
  if (last < first) {
    throw new StateliteError('ERR_STATELITE_NODERANGE', `${shown(text)} counts down`, {
      hint: 'write the lower number first',
    });
  }
  checkCount(text, Number.isSafeInteger(last) ? last - first + 1 : Infinity);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    String(first + index).padStart(from.length, '0'),
  );
}

function checkCount(text: string, names: number): void {
  if (names <= maxNames) return;
  throw new StateliteError(
    'ERR_STATELITE_NODERANGE',
    `${shown(text)} stands for ${names} names, more than ${maxNames}`,
    { hint: 'is one of its numbers mistyped?' },
  );
}

function shown(text: string): string {
  return text.length > maxSpanLength ? `${text.slice(0, maxSpanLength)}...` : text;
}
