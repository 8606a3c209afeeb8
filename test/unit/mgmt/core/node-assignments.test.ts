import { describe, expect, test } from 'vitest';
import {
  changesOf,
  groupChangesOf,
  type NodeAssignment,
  overriddenIn,
  parseNodeAssignment,
  withTable,
} from '../../../../mgmt/core/node-assignments.ts';
import { failure } from '../../../helpers/rows.ts';

const empty = '|^.*$||';

test.for<[string, string]>([
  ['groups', 'nodelist.groups'],
  ['tags==a', 'nodelist.groups==a'],
  ['mgt,=ipmi', 'nodehm.mgt,=ipmi'],
  ['groups^=groups', 'nodelist.groups^=groups'],
  ['nodetype.os', 'nodetype.os'],
  ['mgt.x', 'mgt.x'],
  ['groupsx', 'groupsx'],
  ['noderes', 'noderes'],
  ['constructor', 'constructor'],
  ['', ''],
])('the word "%s" is "%s" with its table', ([word, full]) => {
  expect(withTable(word)).toBe(full);
});

describe('an assignment', () => {
  test.for<[string, NodeAssignment['operator'], string]>([
    ['=x', '=', 'x'],
    ['=', '=', ''],
    ['=@=foo', '=', '=foo'],
    ['=@~a', '=', '~a'],
    ['=@@', '=', '@'],
    [',=a,b', ',=', 'a,b'],
    ['^=a', '^=', 'a'],
    ['=a=b\nc', '=', 'a=b\nc'],
  ])('%j', ([text, operator, value]) => {
    expect(parseNodeAssignment(`nodetype.os${text}`)).toEqual({
      table: 'nodetype',
      column: 'os',
      operator,
      value,
    });
  });

  test.for([
    'nodetype.os==x',
    'nodetype.os!=x',
    'nodetype.os=~x',
    'nodetype.os!~x',
    'os=x',
    'x',
    '',
  ])('is not "%s"', (text) => {
    expect(parseNodeAssignment(text)).toBeUndefined();
  });

  test.for(['host.ip=x', 'hosts.ipp=x', 'site.value=x', 'hosts.node=x', 'deps.nodedep=x'])(
    'cannot be %s',
    (text) => {
      expect(() => parseNodeAssignment(text)).toThrow(failure('ERR_STATELITE_USAGE'));
    },
  );
});

/** `postscripts,=a` of that table. */
function assignments(...texts: string[]): NodeAssignment[] {
  return texts.map((text) => {
    const assignment = parseNodeAssignment(`postscripts.${text}`);
    if (assignment === undefined) throw new Error(`${text} is no assignment`);
    return assignment;
  });
}

const inherited = () => 'a,b';

describe('the row of a node', () => {
  test.for<[string | undefined, string[], Record<string, string | null>]>([
    [undefined, ['postscripts=a'], { postscripts: 'a' }],
    ['a', ['postscripts=a'], {}],
    ['a', ['postscripts='], { postscripts: empty }],
    [undefined, ['postscripts='], { postscripts: empty }],
    ['a,b', ['postscripts,=c'], { postscripts: 'c,a,b' }],
    ['a,b', ['postscripts,=c,b,c'], { postscripts: 'c,a,b' }],
    ['a,b', ['postscripts,=b'], {}],
    ['a,b', ['postscripts^=b'], { postscripts: 'a' }],
    ['a,b', ['postscripts^=c'], {}],
    ['a', ['postscripts^=a'], { postscripts: empty }],
    ['a,b', ['postscripts^=a', 'postscripts,=c'], { postscripts: 'c,b' }],
    ['a', ['postscripts^=a', 'postscripts,=c'], { postscripts: 'c' }],
    ['a', ['postscripts=b', 'postscripts=a'], {}],
    ['a', ['postscripts=x', 'comments=y'], { postscripts: 'x', comments: 'y' }],
    ['a', ['disable='], {}],
  ])('with %j, after %j, changes %j', ([before, texts, changes]) => {
    const own = before === undefined ? undefined : { node: 'n1', postscripts: before };
    const valueOf = (column: string) => (column === 'postscripts' ? before : undefined);
    expect(changesOf(assignments(...texts), own, valueOf)).toEqual(changes);
  });

  test('gets the words that its group has, if one is added or taken away', () => {
    expect(changesOf(assignments('postscripts,=c'), undefined, inherited)).toEqual({
      postscripts: 'c,a,b',
    });
    expect(changesOf(assignments('postscripts^=b'), { node: 'n1' }, inherited)).toEqual({
      postscripts: 'a',
    });
  });

  test('is enabled again by a blank, and a blank in nodelist is one: neither is inherited', () => {
    const own = { node: 'n1', disable: '1', groups: 'a' };
    expect(changesOf(assignments('disable='), own, () => '1')).toEqual({ disable: null });
    const groups = parseNodeAssignment('nodelist.groups=');
    expect(changesOf(groups === undefined ? [] : [groups], own, () => 'a')).toEqual({
      groups: null,
    });
  });
});

describe('the row of a group', () => {
  test('gets plain blanks: the next group of a member may have a value', () => {
    const own = { node: 'g', postscripts: 'a', comments: 'same' };
    const set = assignments('postscripts=', 'postbootscripts=b', 'comments=same');
    expect(groupChangesOf(set, own)).toEqual({ postscripts: null, postbootscripts: 'b' });
  });

  test('is not made for blanks', () => {
    expect(groupChangesOf(assignments('postscripts='), undefined)).toEqual({});
  });

  test('overrides what a member has itself, once each', () => {
    const set = assignments('postscripts=a', 'postbootscripts=b', 'postscripts=c');
    expect(overriddenIn(set, { node: 'n1', postscripts: 'x', postbootscripts: null })).toEqual([
      'postscripts',
    ]);
  });
});
