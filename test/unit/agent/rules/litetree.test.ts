import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LitetreeRow, Specificity } from '../../../../agent/protocol/answer.ts';
import { formatLocation } from '../../../../agent/protocol/location.ts';
import { orderTrees, parseTree } from '../../../../agent/rules/litetree.ts';
import { failure } from '../../../helpers/rows.ts';

function tree(
  priority: string,
  directory: string,
  specificity: Specificity = 'ALL',
  mntopts = '',
): LitetreeRow {
  return { priority, directory, mntopts, specificity };
}

const order = (rows: readonly LitetreeRow[]) => orderTrees(rows).map(formatLocation);

describe('1.7 litetree rows', () => {
  test.for([
    ['1', 1],
    ['1.0', 1],
    [' 2.5 ', 2.5],
    ['10', 10],
    ['.5', 0.5],
    ['0', 0],
    ['-1', -1],
    ['+3', 3],
    ['007', 7],
  ] as const)('the priority "%s" is the number %d', ([written, priority]) => {
    expect(parseTree(tree(written, 'mn:/t'))).toMatchObject({ priority });
  });

  test.for(['', ' ', 'high', '1a', '1,5', '1e3', '0x10', 'NaN', 'Infinity', '--1', '1.2.3'])(
    'the priority "%s" is refused',
    (written) => {
      expect(() => parseTree(tree(written, 'mn:/t'))).toThrow(
        failure('ERR_STATELITE_ROW', JSON.stringify(written), 'not a number'),
      );
    },
  );

  test('priorities are sorted as numbers, not as words', () => {
    expect(order([tree('10', 'mn:/c'), tree('9.5', 'mn:/b'), tree('1', 'mn:/a')])).toEqual([
      'mn:/a',
      'mn:/b',
      'mn:/c',
    ]);
  });

  test('equal priorities all count: more specific first, then in table order', () => {
    const rows = [
      tree('1', 'mn:/blank', 'blank'),
      tree('1.0', 'mn:/all1', 'ALL'),
      tree('1', 'mn:/all2', 'ALL'),
      tree('1', 'mn:/group', 'group'),
      tree('1', 'mn:/image', 'image'),
    ];
    expect(order(rows)).toEqual(['mn:/image', 'mn:/group', 'mn:/all1', 'mn:/all2', 'mn:/blank']);
  });

  test('one location twice counts once, at its best place and with the options it has there', () => {
    const rows = [
      tree('9', 'mn:/a', 'image', 'soft'),
      tree('2', 'mn:/b'),
      tree('1', 'mn://a/', 'blank', 'nofail,timeo=30'),
    ];
    expect(orderTrees(rows)).toMatchObject([
      { directory: '/a', optional: true, options: ['timeo=30'] },
      { directory: '/b', optional: false, options: [] },
    ]);
  });

  test('the order depends on the rows, not on how often they are given', () => {
    const rows = fc.array(
      fc.record({
        priority: fc.constantFrom('1', '1.0', '2', '10'),
        directory: fc.constantFrom('mn:/a', 'mn:/b', '/c', 'mn:/a/'),
        specificity: fc.constantFrom<Specificity>('image', 'group', 'ALL', 'blank'),
        mntopts: fc.constant(''),
      }),
    );
    fc.assert(
      fc.property(rows, (table) => {
        expect(order([...table, ...table])).toEqual(order(table));
        expect(new Set(order(table)).size).toBe(order(table).length);
      }),
    );
  });

  test('nofail makes a tree optional and is no option of mount', () => {
    expect(parseTree(tree('1', 'mn:/t', 'ALL', 'soft, nofail ,timeo=30'))).toEqual({
      server: 'mn',
      directory: '/t',
      options: ['soft', 'timeo=30'],
      optional: true,
      priority: 1,
    });
  });

  test('a row without a server is a directory of the image', () => {
    expect(parseTree(tree('1', '/opt/tree/'))).toMatchObject({
      server: undefined,
      directory: '/opt/tree',
    });
  });
});
