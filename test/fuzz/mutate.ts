import { pick, type Random } from './random.ts';

/** As much as any listener reads. */
export const longest = 64 * 1024;

/** What breaks parsers of every kind. */
const spaces = ['\0', '\n', '\r\n', '\t', ' ', '\u{feff}', '\u2028'] as const;
const paths = ['/', '//', '../', '\\', '%00', '%2e%2e', '-', '--'] as const;
const numbers = ['-1', '0', '1e999', '4294967296', '9007199254740993', '9'.repeat(30)] as const;
const names = ['\u{1f600}', '\u202e', 'e\u0301', '__proto__', 'constructor', 'toString'] as const;
const marks = [
  '"',
  "'",
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '<',
  '>',
  '&',
  ';',
  '$',
  '`',
  '|',
  '*',
] as const;
const signs = ['+', '?', '^', ',', ':', '=', '#', '@', '!'] as const;
const troubles = [...spaces, ...paths, ...numbers, ...names, ...marks, ...signs] as const;

type Mutation = (bytes: Buffer, random: Random, words: readonly string[]) => Buffer;

const mutations: readonly [Mutation, ...Mutation[]] = [
  function flip(bytes, random) {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random(copy.length)] = random(256);
    return copy;
  },
  function remove(bytes, random) {
    const [start, end] = span(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  function repeat(bytes, random) {
    const [start, end] = span(bytes, random);
    const times = pick(random, [1, 2, 3, 50, 5000]);
    const room = Math.max(1, Math.floor((longest - bytes.length) / Math.max(1, end - start)));
    const more = Array<Buffer>(Math.min(times, room)).fill(bytes.subarray(start, end));
    return Buffer.concat([bytes.subarray(0, end), ...more, bytes.subarray(end)]);
  },
  function move(bytes, random) {
    const [start, end] = span(bytes, random);
    const rest = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
    return insert(rest, bytes.subarray(start, end), random);
  },
  (bytes, random) => insert(bytes, Buffer.from(pick(random, troubles)), random),
  (bytes, random) =>
    insert(bytes, Buffer.from(Array.from({ length: 1 + random(8) }, () => random(256))), random),
  function word(bytes, random, words) {
    return insert(bytes, Buffer.from(words[random(words.length)] ?? ''), random);
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random(bytes.length + 1));
  },
];

/** One of the seeds, changed in one to eight ways, or two of them joined. Never longer than `longest`. */
export function mutated(
  seeds: readonly [Buffer, ...Buffer[]],
  words: readonly string[],
  random: Random,
): Buffer {
  let bytes = pick(random, seeds);
  if (random(8) === 0) {
    const other = pick(random, seeds);
    bytes = Buffer.concat([
      bytes.subarray(0, random(bytes.length + 1)),
      other.subarray(random(other.length + 1)),
    ]);
  }
  for (let count = 1 + random(8); count > 0; count -= 1) {
    bytes = pick(random, mutations)(bytes, random, words).subarray(0, longest);
  }
  return bytes;
}

function insert(bytes: Buffer, more: Buffer, random: Random): Buffer {
  const at = random(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function span(bytes: Buffer, random: Random): [number, number] {
  const start = random(bytes.length + 1);
  return [start, start + random(Math.min(64, bytes.length - start) + 1)];
}
