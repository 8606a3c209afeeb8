import { expect, test } from 'vitest';
import { changedRows } from '../../../../mgmt/core/changed-rows.ts';
import { tables } from '../../../../mgmt/db/tables.ts';

const row = (key: string, value: string, comments: string | null = null) => ({
  key,
  value,
  comments,
  disable: null,
});
const [a, b] = [row('a', '1'), row('b', '2')];
const changes = (before: (typeof a)[], after: (typeof a)[]) =>
  changedRows(tables.site, before, after);

test.for<[string, (typeof a)[], (typeof a)[], string[]]>([
  ['nothing', [a, b], [a, b], []],
  ['a new row', [a], [a, b], ['site row key=b is new']],
  ['a row that is gone', [a, b], [b], ['site row key=a is gone']],
  [
    'a changed row',
    [a, b],
    [a, row('b', '3', 'x')],
    ['site row key=b has another value, comments'],
  ],
  ['another order', [a, b], [b, a], ['its rows have another order']],
])('between two readings of a table: %s', ([, before, after, expected]) => {
  expect(changes(before, after)).toEqual(expected);
});

test('many changes are not all named', () => {
  const many = Array.from({ length: 9 }, (_, index) => row(`k${index}`, 'x'));
  expect(changes([], many)).toHaveLength(6);
  expect(changes([], many).at(-1)).toBe('and 4 more rows');
});
