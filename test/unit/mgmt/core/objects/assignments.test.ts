import { describe, expect, test } from 'vitest';
import { combine, parseWords } from '../../../../../mgmt/core/objects/assignments.ts';
import { failure } from '../../../../helpers/rows.ts';

test('names come before attr=value, and only the first = counts', () => {
  const { names, assignments } = parseWords([
    'n1,n2',
    'prescripts-begin=a|b',
    'addkcmdline=x=y',
    'os=',
  ]);
  expect(names).toEqual(['n1,n2']);
  expect([...assignments]).toEqual([
    ['prescripts-begin', 'a|b'],
    ['addkcmdline', 'x=y'],
    ['os', ''],
  ]);
});

test('a path with = in it is a name', () => {
  expect(parseWords(['ALL:/etc/a=b', 'options=ro']).names).toEqual(['ALL:/etc/a=b']);
});

test.for<[string[], string]>([
  [['n1', 'n2'], 'n2 is no attr=value'],
  [['os=a', 'os=b'], 'os is given more than once'],
])('%j is refused', ([words, message]) => {
  expect(() => parseWords(words)).toThrow(failure('ERR_STATELITE_USAGE', message));
});

describe('a value is', () => {
  test.for([
    ['set', 'a,b', 'c', 'c'],
    ['set', 'a', '', ''],
    ['add', 'a,b', 'b,c', 'a,b,c'],
    ['add', '', 'c', 'c'],
    ['remove', 'a,b , c', 'c,a', 'b'],
    ['remove', 'a', 'a', ''],
    ['remove', 'a', 'x', 'a'],
  ] as const)('%s: %j and %j make %j', ([mode, now, given, value]) => {
    expect(combine(mode, now, given)).toBe(value);
  });
});
