import { expect, test } from 'vitest';
import { globMatcher } from '../../../../mgmt/image/pack/glob.ts';

test.for([
  ['./usr/share/man*', './usr/share/man/de/man1/ls.1'],
  ['./usr/*/man', './usr/share/local/man'],
  ['./*', './.hidden/x'],
  ['./a?c', './a/c'],
  ['./[a-c]x', './bx'],
  ['./[!a]x', './bx'],
  ['./[^a]x', './bx'],
  ['./[]]', './]'],
  ['./[a-]', './-'],
  ['./[[:digit:]x]', './7'],
  ['./[a', './[a'],
  ['./\\*', './*'],
  ['./ü?', './üö'],
  ['*', '.'],
])('%s matches %s', ([pattern, path]) => {
  expect(fits(pattern, path)).toBe(true);
});

test.for([
  ['./usr/share/man', './usr/share/man/ls'],
  ['./usr', '/usr'],
  ['./[!/]x', './/x'],
  ['./[a-c]x', './dx'],
  ['./\\*', './a'],
  ['./a\\', './a\\'],
  ['./ü?', './ü'],
  ['', './a'],
])('%s does not match %s', ([pattern, path]) => {
  expect(fits(pattern, path)).toBe(false);
});

test('a name that is no UTF-8 is matched byte by byte', () => {
  expect(globMatcher('./a?b')('./a\u00ffb')).toBe(true);
  expect(globMatcher('./a?b')('./a\u00ff\u00feb')).toBe(false);
});

test('many stars take no time that grows without bounds', () => {
  const matches = globMatcher(`./${'*a'.repeat(40)}b`);
  expect(matches(`./${'a'.repeat(4000)}`)).toBe(false);
});

function fits(pattern = '', path = ''): boolean {
  return globMatcher(pattern)(Buffer.from(path).toString('latin1'));
}
