import { describe, expect, test } from 'vitest';
import { appendWords, parseAssignment, parseKey } from '../../../../mgmt/core/assignments.ts';
import { failure } from '../../../helpers/rows.ts';

describe('an assignment', () => {
  test.for<[string, [string, string, string, boolean]]>([
    ['litefile.options=tmpfs', ['litefile', 'options', 'tmpfs', false]],
    ['litefile.options=', ['litefile', 'options', '', false]],
    ['nodelist.groups+=b', ['nodelist', 'groups', 'b', true]],
    ["site.value=a=b,c+=d 'e'", ['site', 'value', "a=b,c+=d 'e'", false]],
  ])('%s', ([text, [table, column, value, append]]) => {
    expect(parseAssignment(text)).toEqual({ table, column, value, append });
  });

  test.for(['options=x', 'litefile.options', 'a.b.c=d', 'litefile.=x'])('not %s', (text) => {
    expect(() => parseAssignment(text)).toThrow(failure('ERR_STATELITE_USAGE', text));
  });
});

describe('a key', () => {
  test.for<[string, Record<string, string>]>([
    ['image=ALL,file=/etc/motd', { image: 'ALL', file: '/etc/motd' }],
    ['image=ALL,file=/odd,name', { image: 'ALL', file: '/odd,name' }],
    ['priority=1,image=', { priority: '1', image: '' }],
  ])('%s', ([text, key]) => {
    expect(parseKey(text)).toEqual(key);
  });

  test.for(['ALL', '', 'image'])('not "%s"', (text) => {
    expect(() => parseKey(text)).toThrow(failure('ERR_STATELITE_USAGE'));
  });
});

test.for<[string, string, string]>([
  ['', 'a', 'a'],
  ['a,b', 'c', 'a,b,c'],
  ['a,b', 'b,c', 'a,b,c'],
  ['a', '', 'a'],
])('"%s" and "%s" are "%s"', ([list, more, expected]) => {
  expect(appendWords(list, more)).toBe(expected);
});
