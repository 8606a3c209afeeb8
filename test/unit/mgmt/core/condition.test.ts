import { expect, test } from 'vitest';
import { parseCondition } from '../../../../mgmt/core/condition.ts';
import { failure } from '../../../helpers/rows.ts';

test.for<[string, string | null, boolean]>([
  ['c==a', 'a', true],
  ['c==a', 'ab', false],
  ['c==', null, true],
  ['c!=a', null, true],
  ['c=~%og%', '/var/log/', true],
  ['c=~%OG/', '/var/log/', true],
  ['c=~log', '/var/log/', false],
  ['c=~_a.c', 'xa.c', true],
  ['c=~_a.c', 'xabc', false],
  ['c!~%log%', '/etc', true],
  ['c<10', '9', true],
  ['c<10', '9a', false],
  ['c>=1.5', '1.50', true],
  ['c<=b', 'a', true],
  ['c>b', 'c', true],
  ['c==a==b', 'a==b', true],
])('%s of %j: %s', ([text, value, expected]) => {
  expect(parseCondition(text).holds({ c: value })).toBe(expected);
});

test.for(['', 'c', 'c=a', '==a', 'c~a'])('"%s" is no condition', (text) => {
  expect(() => parseCondition(text)).toThrow(failure('ERR_STATELITE_USAGE', text));
});
