import { isUtf8 } from 'node:buffer';
import { type Bytes, fsPath } from '../../../agent/files/bytes.ts';

/** Whether a whole path fits; see `globMatcher`. */
export type PathMatcher = (path: Bytes) => boolean;

/** One part of a pattern: a run of anything, or what one character must be. */
type Part = 'any run' | ((character: string) => boolean);

/**
 * A pattern as find(1) -path takes it: `*`, `?` and `[...]` match every character, also `/` and a
 * leading dot; `\` takes the next character as it is. Characters are those of UTF-8, or bytes if that
 * fits, as in glibc. The time is at most the product of both lengths, whatever the pattern.
 */
export function globMatcher(pattern: string): PathMatcher {
  const ofText = compile(Array.from(pattern));
  const ofBytes = compile(Array.from(Buffer.from(pattern).toString('latin1')));
  return (path) => {
    const bytes = fsPath(path);
    return (
      (isUtf8(bytes) && fits(Array.from(bytes.toString()), ofText)) ||
      fits(Array.from(path), ofBytes)
    );
  };
}

/** Only the last run that was begun has to grow: an earlier one cannot help what comes after it. */
function fits(text: readonly string[], parts: readonly Part[]): boolean {
  let at = 0;
  let part = 0;
  let retry: { at: number; readonly part: number } | undefined;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === 'any run') {
      part += 1;
      retry = { at, part };
    } else if (wanted?.(text[at] ?? '') === true) {
      at += 1;
      part += 1;
    } else if (retry !== undefined) {
      retry.at += 1;
      ({ at, part } = retry);
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === 'any run');
}

function compile(pattern: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    const bracket = character === '[' ? parseBracket(pattern, at) : undefined;
    if (bracket !== undefined) {
      parts.push(bracket.part);
      at = bracket.last;
    } else if (character === '*') {
      if (parts.at(-1) !== 'any run') parts.push('any run');
    } else if (character === '?') {
      parts.push(() => true);
    } else if (character === '\\') {
      at += 1;
      const next = pattern[at];
      parts.push(next === undefined ? () => false : equals(next)); // as glibc: it matches nothing
    } else {
      parts.push(equals(character));
    }
  }
  return parts;
}

function equals(wanted: string): (character: string) => boolean {
  return (character) => character === wanted;
}

/** The bracket that begins at `start`; undefined if nothing closes it: then `[` is itself. */
function parseBracket(
  pattern: readonly string[],
  start: number,
): { part: Part; last: number } | undefined {
  let at = start + 1;
  const isNegated = pattern[at] === '!' || pattern[at] === '^';
  if (isNegated) at += 1;
  const members: ((character: string) => boolean)[] = [];
  for (const first = at; at < pattern.length;) {
    if (pattern[at] === ']' && at > first) {
      const isMember = (character: string) => members.some((member) => member(character));
      return { part: (character) => isMember(character) !== isNegated, last: at };
    }
    const named = parseClass(pattern, at);
    if (named !== undefined) {
      members.push(named.test);
      at = named.next;
      continue;
    }
    const low = takeCharacter(pattern, at);
    const isRange = pattern[low.next] === '-' && ![undefined, ']'].includes(pattern[low.next + 1]);
    const high = isRange ? takeCharacter(pattern, low.next + 1) : low;
    members.push((character) => inRange(character, low.character, high.character));
    at = high.next;
  }
  return undefined;
}

function takeCharacter(pattern: readonly string[], at: number) {
  const place = pattern[at] === '\\' ? at + 1 : at;
  return { character: pattern[place] ?? '', next: place + 1 };
}

function inRange(character: string, low: string, high: string): boolean {
  const [code, from, to] = [character, low, high].map((one) => one.codePointAt(0) ?? -1);
  return code !== undefined && from !== undefined && to !== undefined && from <= code && code <= to;
}

/** `[:alpha:]` inside a bracket. */
function parseClass(pattern: readonly string[], at: number) {
  const [, name = ''] = /^\[:([a-z]+):\]/u.exec(pattern.slice(at, at + 12).join('')) ?? [];
  const expression = classes[name];
  if (expression === undefined) return undefined;
  return { test: (character: string) => expression.test(character), next: at + name.length + 4 };
}

const classes: Readonly<Record<string, RegExp>> = {
  alpha: /^\p{L}$/u,
  digit: /^[0-9]$/u,
  alnum: /^[\p{L}\p{Nd}]$/u,
  upper: /^\p{Lu}$/u,
  lower: /^\p{Ll}$/u,
  space: /^\s$/u,
  blank: /^[ \t]$/u,
  punct: /^[!-/:-@[-`{-~]$/u,
  xdigit: /^[0-9A-Fa-f]$/u,
  cntrl: /^\p{Cc}$/u,
  print: /^[^\p{Cc}]$/u,
  graph: /^[^\p{Cc}\s]$/u,
};
