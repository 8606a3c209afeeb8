import { expect, test } from 'vitest';
import { formatRows } from '../../../vm/csv.ts';

test('rows have the columns that any of them has, and nothing for what is absent', () => {
  const rows = [
    { image: 'ALL', file: '/etc/motd' },
    { image: 'ALL', file: '/etc/', options: 'persistent' },
  ];
  expect(formatRows(rows)).toBe(
    '#image,file,options\n"ALL","/etc/motd",\n"ALL","/etc/","persistent"\n',
  );
});

test('a quote in a value is doubled, an empty value is not an absent one', () => {
  expect(formatRows([{ comments: 'the "old" one', disable: '' }])).toBe(
    '#comments,disable\n"the ""old"" one",""\n',
  );
});
