import { describe, expect, test } from 'vitest';
import { parseNodeCondition } from '../../../../mgmt/core/node-condition.ts';
import { failure } from '../../../helpers/rows.ts';

describe('a condition for nodes', () => {
  test.for<[string, string | undefined, boolean]>([
    ['nodetype.os==rhels9', 'rhels9', true],
    ['nodetype.os==rhels9', 'rhels', false],
    ['nodetype.os=rhels9', 'rhels9', true],
    ['nodetype.os==', undefined, true],
    ['nodetype.os!=rhels9', undefined, true],
    ['nodetype.os!=rhels9', 'rhels9', false],
    ['nodetype.os=~hel', 'rhels9', true],
    ['nodetype.os=~/^hel/', 'rhels9', false],
    ['nodetype.os=~^$', undefined, true],
    ['nodetype.os!~hel', 'sles', true],
    ['nodetype.os!~/hel/', 'rhels9', false],
    ['nodetype.os==a=b', 'a=b', true],
  ])('%s of %j: %s', ([text, value, expected]) => {
    expect(parseNodeCondition(text)?.holds(value)).toBe(expected);
  });

  test.for<[string, string, string]>([
    ['noderes.netboot==xnba', 'noderes', 'netboot'],
    ['groups=~x', 'nodelist', 'groups'],
    ['tags==x', 'nodelist', 'groups'],
    ['mgt!=x', 'nodehm', 'mgt'],
  ])('%s is about %s.%s', ([text, table, column]) => {
    expect(parseNodeCondition(text)).toMatchObject({ table, column });
  });

  test.for(['', 'n1', 'os==x', 'nodetype.os', '.os==x', 'nodetype.os.x==1', 'nodetype.os!x', '=x'])(
    '"%s" is none',
    (text) => {
      expect(parseNodeCondition(text)).toBeUndefined();
    },
  );

  test.for<[string, string]>([
    ['nodetypo.os==x', 'there is no table nodetypo'],
    ['constructor.name==x', 'there is no table constructor'],
    ['osimage.osvers==x', 'osimage has no rows for nodes'],
    ['nodetype.oss==x', 'nodetype has no column oss'],
    ['nodetype.toString==x', 'nodetype has no column toString'],
    ['nodetype.os=~(', 'is no regex'],
  ])('%s is refused: %s', ([text, problem]) => {
    expect(() => parseNodeCondition(text)).toThrow(failure('ERR_STATELITE_USAGE', problem));
  });
});
