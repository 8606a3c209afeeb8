import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldNames } from '../../../../mgmt/core/fold-names.ts';
import { expandNames } from '../../../../mgmt/core/name-span.ts';
import { shuffled } from '../../../helpers/arbitrary.ts';

/** The parts of a list, commas in brackets not counted. */
function expanded(text: string): string[] {
  const parts = text.match(/(?:\[[^\]]*\]|[^,[])+/gu) ?? [];
  return parts.flatMap((part) => (part.includes('[') ? (expandNames(part) ?? []) : [part]));
}

describe('names are folded', () => {
  test.for<[string, string]>([
    ['', ''],
    ['login', 'login'],
    ['cn01', 'cn01'],
    ['cn001,cn002,cn003', 'cn[001-003]'],
    ['cn3,cn1,cn2,cn1', 'cn[1-3]'],
    ['cn01,cn02,cn04,login', 'cn[01-02,04],login'],
    ['cn8,cn9,cn10,cn11', 'cn[8-11]'],
    ['cn08,cn09,cn10', 'cn[08-10]'],
    ['cn9,cn010', 'cn[9,010]'],
    ['cn99,cn100', 'cn[99-100]'],
    ['cn01-ib0,cn02-ib0', 'cn[01-02]-ib0'],
    ['r1n1,r1n2,r2n1,r2n2', 'r1n[1-2],r2n[1-2]'],
    ['a1-a5,b', 'a1-a5,b'],
    ['n99999999999999999998,n99999999999999999999', 'n[99999999999999999998,99999999999999999999]'],
  ])('%s', ([names, folded]) => {
    expect(foldNames(names.split(',').filter((name) => name !== ''))).toBe(folded);
  });

  test('so that they can be had back, whatever their numbers', () => {
    const anyNumber = fc.oneof(
      fc.integer({ min: 0, max: 12 }).map(String),
      fc.integer({ min: 95, max: 105 }).map((number) => String(number).padStart(3, '0')),
      fc.constantFrom('00', '01', '1', '001', '9999999999999999'),
    );
    const anyName = fc
      .array(fc.tuple(fc.constantFrom('cn', 'r', '-', '.', ''), anyNumber), { maxLength: 3 })
      .map((parts) => `n${parts.flat().join('')}`);
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 30 }), fc.nat(), (names, seed) => {
        const folded = foldNames(names);
        expect(expanded(folded).toSorted()).toEqual([...new Set(names)].toSorted());
        expect(foldNames(shuffled(names, seed))).toBe(folded);
      }),
    );
  });
});
