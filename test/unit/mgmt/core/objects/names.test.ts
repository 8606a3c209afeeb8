import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameOf, splitNames, whereOf } from '../../../../../mgmt/core/objects/names.ts';
import { objectTypes, typeNamed } from '../../../../../mgmt/core/objects/types.ts';
import { hostileNames } from '../../../../helpers/hostile.ts';
import { failure } from '../../../../helpers/rows.ts';

describe('a name stands for the row with', () => {
  test.for([
    ['node', 'n1', { node: 'n1' }],
    ['group', 'compute', { groupname: 'compute' }],
    ['osimage', 'img', { imagename: 'img' }],
    ['policy', '4.7', { priority: '4.7' }],
    ['network', '10_0_0_0-255_0_0_0', { netname: '10_0_0_0-255_0_0_0' }],
    ['litefile', 'ALL:/etc/motd', { image: 'ALL', file: '/etc/motd' }],
    ['litefile', ':/a:b', { image: '', file: '/a:b' }],
    ['litetree', '1.5', { priority: '1.5', image: '' }],
    ['litetree', '1.5:img', { priority: '1.5', image: 'img' }],
    ['statelite', 'compute', { node: 'compute' }],
  ] as const)('%s %s', ([type, name, where]) => {
    expect(whereOf(typeNamed(type), name)).toEqual(where);
    expect(nameOf(typeNamed(type), where)).toBe(name);
  });
});

test('a path of litefile may hold commas', () => {
  const text = 'ALL:/etc/a,b,img:/c, :/d,/e';
  expect(splitNames(objectTypes.litefile, text)).toEqual(['ALL:/etc/a,b', 'img:/c', ':/d,/e']);
  expect(splitNames(objectTypes.osimage, 'a, b,,a')).toEqual(['a', 'b']);
});

test('any path is found again under its name', () => {
  const image = fc.string().filter((text) => !text.includes(':'));
  const path = fc.oneof(fc.string(), fc.constantFrom(...hostileNames));
  fc.assert(
    fc.property(image, path, (of, file) => {
      const row = { image: of, file: `/${file}` };
      expect(whereOf(objectTypes.litefile, nameOf(objectTypes.litefile, row))).toEqual(row);
    }),
  );
});

test.for(['', 'a b', 'a/b', '../x', '-x', 'a\nb', 'a,b', '$(x)', 'x'.repeat(300)])(
  '%j names no node, group or image',
  (name) => {
    for (const type of [objectTypes.node, objectTypes.group, objectTypes.osimage]) {
      expect(() => whereOf(type, name)).toThrow(failure('ERR_STATELITE_USAGE', type.name));
    }
  },
);

test('there is one site, and a litefile name needs a colon', () => {
  expect(() => whereOf(objectTypes.site, 'other')).toThrow(failure('ERR_STATELITE_USAGE'));
  expect(() => whereOf(objectTypes.litefile, '/etc/motd')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('IMAGE:FILE') }),
  );
});
