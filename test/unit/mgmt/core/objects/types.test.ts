import { describe, expect, test } from 'vitest';
import { attributeNamed, objectTypes, typeNamed } from '../../../../../mgmt/core/objects/types.ts';
import { failure } from '../../../../helpers/rows.ts';

describe('an attribute of a node is stored in', () => {
  test.for([
    ['groups', 'nodelist', 'groups'],
    ['provmethod', 'nodetype', 'provmethod'],
    ['supportproxydhcp', 'noderes', 'proxydhcp'],
    ['unit', 'nodepos', 'u'],
    ['prescripts-begin', 'prescripts', 'begin'],
    ['setupnameserver', 'servicenode', 'nameserver'],
    ['currstate', 'chain', 'currstate'],
    ['usercomment', 'nodelist', 'comments'],
  ] as const)('%s: %s.%s', ([attribute, table, column]) => {
    expect(attributeNamed(objectTypes.node, attribute)).toMatchObject({ table, column });
  });
});

test('osimages have the columns of both tables, but for the name', () => {
  const { attributes } = objectTypes.osimage;
  expect(attributes.get('nfsrootopts')?.table).toBe('osimage');
  expect(attributes.get('rootimgdir')?.table).toBe('linuximage');
  expect(attributes.get('usercomment')?.table).toBe('osimage');
  expect(attributes.has('imagename')).toBe(false);
});

test('groups have what nodes inherit, and nothing of nodelist', () => {
  const { attributes } = objectTypes.group;
  expect(attributes.get('arch')?.table).toBe('nodetype');
  expect(attributes.get('members')?.table).toBe('nodegroup');
  expect(attributes.has('status')).toBe(false);
});

test('only the statelite tables show and set what takes a row out of use', () => {
  const disabling = Object.values(objectTypes).filter(({ attributes }) =>
    attributes.has('disable'),
  );
  expect(disabling.map(({ name }) => name)).toEqual(['litefile', 'litetree', 'statelite']);
});

test('every attribute has documentation, and they are sorted', () => {
  for (const { attributes } of Object.values(objectTypes)) {
    expect([...attributes.values()].every(({ doc }) => doc !== '')).toBe(true);
    expect([...attributes.keys()]).toEqual([...attributes.keys()].toSorted());
  }
});

test('an unknown attribute is refused in the words of xCAT, with the nearest one', () => {
  expect(() => attributeNamed(objectTypes.node, 'provmethid')).toThrow(
    expect.objectContaining({
      code: 'ERR_STATELITE_NOT_FOUND',
      message: "'provmethid' is not a valid attribute name for an object type of 'node'.",
      hint: 'did you mean provmethod?',
    }),
  );
});

test.for(['constructor', '__proto__', 'nodes', ''])('%j is no type', (name) => {
  expect(() => typeNamed(name)).toThrow(failure('ERR_STATELITE_USAGE', `'${name}'`));
});
