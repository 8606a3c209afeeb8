import { StateliteError } from '../../agent/errors.ts';
import { type Expression, parseExpression } from './expression.ts';
import { perlRegex } from './perl-regex.ts';

/** What a stored value is worth for a node; undefined for none. */
export type RegexValue = (node: string) => string | undefined;

/** Text that stands for itself, or arithmetic. */
type Part = string | Expression;

/** Longer values are no template of names. */
const maxLength = 2048;

/**
 * Reads a value that is made from the node's name (reference 2.7): `/lhs/rhs/` and `|lhs|rhs|`
 * replace what lhs matches; `|rhs|` takes the numbers of the name as `$1`, `$2`... Behind `|`,
 * what is in parentheses is calculated; then lhs must match the whole name, since the rest would
 * end up in the arithmetic (mgmt QUIRK-13). Undefined for a plain value. Throws ERR_STATELITE_ROW or
 * _USAGE for a bad one; what is read throws ERR_STATELITE_ROW for a name it cannot take.
 */
export function parseRegexValue(text: string): RegexValue | undefined {
  const slashed = /^\/(?<lhs>[^/]*)\/(?<rhs>[^/]*)\/$/u.exec(text)?.groups;
  if (slashed !== undefined) {
    return substitution(perlRegex(slashed['lhs'] ?? ''), [slashed['rhs'] ?? '']);
  }
  if (!/^\|.*\|$/su.test(text) || text.length < 2) return undefined;
  if (text.length > maxLength) {
    refuse(`a value of ${text.length} letters is too long`, `write at most ${maxLength}`);
  }
  const inner = text.slice(1, -1);
  const bar = inner.indexOf('|');
  if (bar === -1) return fromNumbers(splitParts(inner));
  const [lhs, parts] = [inner.slice(0, bar), splitParts(inner.slice(bar + 1))];
  const counts = parts.some((part) => typeof part !== 'string');
  return counts
    ? whole(perlRegex(lhs, { anchored: true }), parts)
    : substitution(perlRegex(lhs), parts);
}

/** Puts the right side where the left one matches first; a name without match stays as it is. */
function substitution(lhs: RegExp, parts: readonly Part[]): RegexValue {
  return (node) => {
    const match = lhs.exec(node);
    if (match === null) return node;
    const after = node.slice(match.index + match[0].length);
    return orNone(node.slice(0, match.index) + fill(parts, match) + after);
  };
}

function whole(lhs: RegExp, parts: readonly Part[]): RegexValue {
  return (node) => {
    const match = lhs.exec(node);
    if (match !== null) return orNone(fill(parts, match));
    return refuse(
      `the left side does not match all of ${node}`,
      `write one that does, such as \\D+(\\d+).*, or give ${node} a value of its own`,
    );
  };
}

/** `$1` is the first number of the name without leading zeros, and so on. */
function fromNumbers(parts: readonly Part[]): RegexValue {
  return (node) => {
    const numbers = [...node.matchAll(/\d+/gu)].map(([digits]) => String(BigInt(digits)));
    return orNone(fill(parts, [node, ...numbers]));
  };
}

/** An empty value is none, and hides those of groups (mgmt QUIRK-12). */
function orNone(value: string): string | undefined {
  return value === '' ? undefined : value;
}

function fill(parts: readonly Part[], captures: readonly (string | undefined)[]): string {
  return parts
    .map((part) => (typeof part === 'string' ? interpolate(part, captures) : part(captures)))
    .join('');
}

/** `$1` and `${1}` outside of arithmetic are the captured text. */
function interpolate(text: string, captures: readonly (string | undefined)[]): string {
  return text.replaceAll(/\$(?:(?<bare>\d)|\{(?<braced>\d+)\})/gu, (written, bare, braced) => {
    const number = Number(bare ?? braced);
    if (number > 0 && number < captures.length) return captures[number] ?? '';
    return refuse(`there is no ${written}`, 'the left side has fewer parentheses');
  });
}

/** Splits a right side at its outermost parentheses, which hold arithmetic. */
function splitParts(rhs: string): Part[] {
  const parts: Part[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < rhs.length; index += 1) {
    const letter = rhs[index];
    if (letter === '(') {
      if (depth === 0) {
        parts.push(rhs.slice(start, index));
        start = index + 1;
      }
      depth += 1;
    } else if (letter === ')') {
      depth -= 1;
      if (depth < 0) break;
      if (depth === 0) {
        parts.push(parseExpression(rhs.slice(start, index)));
        start = index + 1;
      }
    }
  }
  if (depth !== 0) refuse(`the parentheses of ${rhs} do not match`, 'each ( needs its )');
  return [...parts, rhs.slice(start)].filter((part) => part !== '');
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', problem, { hint });
}
