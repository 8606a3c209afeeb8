import { expect, test } from 'vitest';
import { exlistFilter, noExlist, parseExlist } from '../../../../mgmt/image/pack/exlist.ts';

test.for([
  ['./usr/share/doc*', 'exclude', './usr/share/doc*'],
  ['-./boot*', 'exclude', './boot*'],
  ['- ./boot*', 'exclude', './boot*'],
  ['+./usr/share/zoneinfo/UTC', 'include', './usr/share/zoneinfo/UTC'],
  ['  ./tmp/*  ', 'exclude', './tmp/*'],
  ['./tmp/* # nobody needs it', 'exclude', './tmp/*'],
  ['./a#b', 'exclude', './a#b'],
  ['./with blank', 'exclude', './with blank'],
  ['#INCLUDE:base.exlist#', 'file', 'base.exlist'],
  ['#INCLUDE: /a/base.exlist #', 'file', '/a/base.exlist'],
])('%s says %s %s', ([line = '', kind, text]) => {
  expect(parseExlist(line)).toEqual([{ kind, text }]);
});

test.for(['', '   ', '# a comment', '#INCLUDE:#', '+', '-', '#'])('"%s" says nothing', (line) => {
  expect(parseExlist(line)).toEqual([]);
});

test('what is included again stays, whatever order the lines have', () => {
  const isOut = exlistFilter({
    ...noExlist,
    include: ['./usr/share/zoneinfo/U*'],
    exclude: ['./usr/share/*'],
  });
  expect(isOut('usr/share/zoneinfo/UTC')).toBe(false);
  expect(isOut('usr/share/zoneinfo/Zulu')).toBe(true);
  expect(isOut('usr/share')).toBe(false);
});
