import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderTrees } from '../../../../agent/rules/litetree.ts';
import { shuffled } from '../../../helpers/arbitrary.ts';
import { hostileNames } from '../../../helpers/hostile.ts';

const anyRow = fc.record({
  priority: fc
    .tuple(fc.integer({ min: -20, max: 120 }), fc.constantFrom('', '.0', '.50'))
    .map(([whole, part]) => `${whole}${part}`),
  directory: fc
    .tuple(fc.constantFrom('', 'mn:', '[fd00::1]:'), fc.constantFrom(...hostileNames))
    .filter(([, name]) => name !== '.' && name !== '..')
    .map(([server, name]) => `${server}/lite/${name}`),
  mntopts: fc.constantFrom('', 'soft', 'nofail'),
  specificity: fc.constantFrom('image' as const, 'group' as const, 'ALL' as const),
});

const anyRows = fc.uniqueArray(anyRow, {
  selector: ({ priority }) => Number(priority),
  maxLength: 8,
});

test('1.7 the search order of trees of distinct priority does not depend on the order of the rows', () => {
  fc.assert(
    fc.property(anyRows, fc.nat(), (rows, seed) => {
      const trees = orderTrees(rows);
      expect(orderTrees(shuffled(rows, seed))).toEqual(trees);
      expect(trees.map(({ priority }) => priority)).toEqual(
        trees.map(({ priority }) => priority).toSorted((a, b) => a - b),
      );
    }),
  );
});
