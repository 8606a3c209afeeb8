import { StateliteError } from '../../agent/errors.ts';
import type { Given, GivenTree } from './entry.ts';

/** A part of a case file with its place in it, for messages. */
export interface Part {
  readonly value: unknown;
  readonly where: string;
}

/** The members of an object. Everything here throws ERR_STATELITE_USAGE naming the place. */
export function members({ value, where }: Part): Map<string, Part> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unfit(where, 'is not an object');
  }
  return new Map(
    Object.entries(value).map(([key, member]): [string, Part] => [
      key,
      { value: member, where: `${where}.${key}` },
    ]),
  );
}

export function items({ value, where }: Part): Part[] {
  if (!Array.isArray(value)) throw unfit(where, 'is not a list');
  return value.map((item: unknown, index) => ({ value: item, where: `${where}[${index}]` }));
}

/** A text; numbers and null, as a table may hold them, become text. */
export function text({ value, where }: Part): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === null) return '';
  throw unfit(where, 'is not a text');
}

export function count({ value, where }: Part): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw unfit(where, 'is not a number of things');
}

/** One of some words. */
export function word<W extends string>(part: Part, words: readonly W[]): W {
  const found = words.find((one) => one === part.value);
  if (found !== undefined) return found;
  throw unfit(part.where, `is none of ${words.join(', ')}`);
}

export function tree(part: Part): GivenTree {
  return Object.fromEntries(
    [...members(part)].map(([path, entry]) => {
      if (!path.startsWith('/')) throw unfit(entry.where, 'is not below an absolute path');
      return [path, given(entry)];
    }),
  );
}

export function unfit(where: string, why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_USAGE', `${where} ${why}`);
}

/** A text alone is a file. */
function given(part: Part): Given {
  const fields: Map<string, Part> =
    typeof part.value === 'string' ? new Map([['content', part]]) : members(part);
  const field = <T>(key: string, read: (part: Part) => T, otherwise: T): T => {
    const found = fields.get(key);
    return found === undefined ? otherwise : read(found);
  };
  const type = field('type', (found) => word(found, types), 'file');
  return {
    type,
    ...(fields.has('mode') ? { mode: field('mode', octal, 0) } : {}),
    uid: field('uid', count, 0),
    gid: field('gid', count, 0),
    content: field('content', text, ''),
    target: field('target', text, ''),
    to: field('to', text, ''),
    rdev: field('rdev', device, [1, 3]),
  };
}

const types = ['file', 'dir', 'link', 'fifo', 'char', 'hardlink', 'missing'] as const;

function octal(part: Part): number {
  const digits = text(part);
  if (/^0?[0-7]{3,4}$/u.test(digits)) return Number.parseInt(digits, 8);
  throw unfit(part.where, 'is not an octal mode');
}

function device(part: Part): [number, number] {
  const [major, minor] = items(part).map(count);
  if (major === undefined || minor === undefined) throw unfit(part.where, 'is not [major, minor]');
  return [major, minor];
}
