import { StateliteError } from '../../agent/errors.ts';

/** What an expression is made of and gives: captured text is a string until it is counted with. */
export type Value = string | number;

const functions: Readonly<Record<string, (...values: Value[]) => Value>> = {
  /** A number for any text, for spreading names that have none: the sum of its bytes. */
  mknum: (text = '') => [...new TextEncoder().encode(String(text))].reduce((a, b) => a + b, 0),
  /** a is 1, b is 2. */
  a2idx: (letter = '') => letterIndex(letter) + 1,
  /** a is 0, b is 1. */
  a2zidx: letterIndex,
  ord: (text = '') => String(text).codePointAt(0) ?? 0,
  dim2idx,
  skip,
  ipadd,
};

/** Calls a function of xCAT's regex values. Throws ERR_STATELITE_ROW. */
export function callFunction(name: string, values: readonly Value[]): Value {
  const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (called === undefined) refuse(`there is no function ${name}`);
  return called(...values);
}

/** A value to count with. Throws ERR_STATELITE_ROW if it is no integer that can be held. */
export function integer(value: Value | undefined): number {
  const number = value === undefined || value === '' ? Number.NaN : Number(value);
  if (!Number.isSafeInteger(number) || !/^-?\d+$/u.test(String(value))) {
    return refuse(`${JSON.stringify(value ?? '')} is no whole number`);
  }
  return number + 0; // no -0
}

function letterIndex(letter: Value = ''): number {
  const index = 'abcdefghijklmnopqrstuvwxyz'.indexOf(String(letter).slice(0, 1).toLowerCase());
  if (letter === '' || index < 0) refuse(`${JSON.stringify(letter)} does not begin with a letter`);
  return index;
}

/**
 * The place of something in a row of places: its own place and the size of the next dimension in
 * turn, from the largest to the smallest. All count from 1: rack 3 with 8 places each, place 2, is
 * `dim2idx(3, 8, 2)` = 18.
 */
function dim2idx(...values: Value[]): number {
  const numbers = values.map(integer);
  const index = numbers.reduce(
    (sum, number, place) => (place % 2 === 0 ? sum + number - 1 : sum * number),
    0,
  );
  return index + 1;
}

/** An index counted without some: `skip(10, '3:2,6')` leaves out two from 3 on, and 6. */
function skip(index: Value = '', left = '' as Value): number {
  const wanted = integer(index);
  let counted = wanted;
  for (const word of String(left).split(',')) {
    const [from = '', many = '1'] = word.split(':');
    const [start, count] = [integer(from.trim()), integer(many.trim())];
    if (wanted >= start + count) counted -= count;
    else if (wanted >= start) refuse(`${wanted} is one of those that skip leaves out`);
  }
  return counted;
}

/**
 * The address so many after `b1.b2.b3.b4`; of each last byte the first `head` and the last `tail`
 * numbers are never given.
 */
function ipadd(...values: Value[]): string {
  const [b1, b2, b3, b4, add, head = 0, tail = 0] = values.map(integer);
  if (b1 === undefined || b2 === undefined || b3 === undefined || b4 === undefined) {
    return refuse('ipadd takes four bytes and what is added');
  }
  const usable = 256 - head - tail;
  if (usable < 1 || head < 0 || tail < 0) refuse('ipadd leaves out every address');
  const offset = Math.max(b4 - head, 0) + (add ?? 0);
  const upper = (b1 * 256 + b2) * 256 + b3 + Math.floor(offset / usable);
  const last = (((offset % usable) + usable) % usable) + head;
  if (upper < 0 || upper > 0xff_ff_ff) refuse('ipadd gives no address');
  return [upper >> 16, (upper >> 8) & 255, upper & 255, last].join('.');
}

function refuse(problem: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', problem, {
    hint: 'correct the arithmetic of the value, or give the node a value of its own',
  });
}
