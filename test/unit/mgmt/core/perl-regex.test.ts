import { describe, expect, test } from 'vitest';
import { perlRegex } from '../../../../mgmt/core/perl-regex.ts';
import { failure } from '../../../helpers/rows.ts';

describe('a regex written for Perl', () => {
  test.for<[string, string, boolean]>([
    ['n\\d+', 'xn12', true],
    ['\\An\\d\\z', 'n1', true],
    ['\\An\\d\\Z', 'n12', false],
    ['[[:alpha:]]+\\d', 'n1', true],
    ['^[[:upper:]_-]+$', 'A_-B', true],
    ['^[[:upper:]]+$', 'AbC', false],
    ['^[[:punct:]]$', ']', true],
    ['^[]a]+$', ']a', true],
    ['^[^]a]+$', 'bc', true],
    ['^[^]a]+$', ']', false],
    ['(?i)NODE', 'node1', true],
    ['a\\hb', 'a b', true],
    ['n(?=1)', 'n1', true],
    ['(\\w)\\1', 'nn', true],
    ['a\\-b\\_c', 'a-b_c', true],
    ['^a.b$', 'a\nb', false],
  ])('%s in %j: %s', ([source, text, found]) => {
    expect(perlRegex(source).test(text)).toBe(found);
  });

  test('matches all of a text if it is anchored', () => {
    const regex = perlRegex('a|bc', { anchored: true });
    expect(['a', 'bc', 'ab', 'abc'].filter((text) => regex.test(text))).toEqual(['a', 'bc']);
  });

  test.for([
    ...'( [ * a++ (?>a) (?P<n>a) (?#x) (?R) (?{exit}) [] [^] \\K \\R \\p{L} \\x{41} [\\x41]'.split(
      ' ',
    ),
    ...'\\Qa.b\\E [[:nope:]] [[:^alpha:]] [[:constructor:]]'.split(' '),
    'a'.repeat(257),
  ])('%s is refused', (source) => {
    expect(() => perlRegex(source)).toThrow(failure('ERR_STATELITE_USAGE'));
  });
});
