import { describe, expect, test } from 'vitest';
import { parseRow } from '../../../../agent/rules/row.ts';
import { failure } from '../../../helpers/rows.ts';

describe('1.2-1.4 a row by itself', () => {
  test('a row keeps what was written beside what it means', () => {
    expect(parseRow({ file: '/etc//ssh/', options: 'rw' })).toEqual({
      written: '/etc//ssh/',
      path: '/etc/ssh',
      directory: true,
      option: 'tmpfs',
    });
  });

  test.for(['con', 'link,con', 'con,link'])('"%s" is refused for a directory', (options) => {
    expect(() => parseRow({ file: '/etc/d/', options })).toThrow(
      failure('ERR_STATELITE_ROW', '"/etc/d/"', 'concatenated'),
    );
  });

  test('the path is checked before the options', () => {
    expect(() => parseRow({ file: '/dev/x', options: 'nonsense' })).toThrow(
      failure('ERR_STATELITE_ROW', '/dev'),
    );
  });
});

describe('1.6 a written row for /etc/mtab', () => {
  test.for(['', 'persistent', 'con', 'ro', 'no such option'])(
    'means the same with the words "%s"',
    (options) => {
      expect(parseRow({ file: '/etc/mtab', options })).toMatchObject({
        path: '/etc/mtab',
        option: 'link',
        directory: false,
      });
    },
  );

  test('never causes a refusal, not even with a slash', () => {
    expect(parseRow({ file: '/etc//mtab/', options: 'con' })).toMatchObject({ directory: false });
  });
});
