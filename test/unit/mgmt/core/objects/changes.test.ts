import { describe, expect, test } from 'vitest';
import type { Mode } from '../../../../../mgmt/core/objects/assignments.ts';
import { changesFor } from '../../../../../mgmt/core/objects/changes.ts';
import { isDefined } from '../../../../../mgmt/core/objects/definition.ts';
import { planObjects } from '../../../../../mgmt/core/objects/plan.ts';
import { objectTypes, type TypeName } from '../../../../../mgmt/core/objects/types.ts';
import { failure } from '../../../../helpers/rows.ts';
import { objectsOf } from './objects.ts';

const objects = objectsOf({
  nodelist: [
    { node: 'n1', groups: 'compute,all' },
    { node: 'n2', groups: 'all' },
  ],
  nodetype: [
    { node: 'n1', os: 'debian12', profile: 'compute' },
    { node: 'compute', arch: 'x86_64', provmethod: 'img' },
  ],
  postscripts: [{ node: 'compute', postscripts: 'a,b' }],
  nodegroup: [{ groupname: 'dyn', grouptype: 'dynamic', wherevals: 'os==debian12' }],
  osimage: [{ imagename: 'img', nfsrootopts: 'noac,nolock', imagetype: 'linux' }],
  networks: [{ netname: 'net1', net: '10.0.0.0', mask: '255.0.0.0', gateway: '10.0.0.1' }],
  site: [{ key: 'master', value: '10.0.0.1' }],
});

function changes(
  type: TypeName,
  name: string,
  given: Readonly<Record<string, string>>,
  mode: Mode = 'set',
) {
  const wanted = { name, assignments: new Map(Object.entries(given)) };
  const state = isDefined(objectTypes[type], name, objects) ? 'there' : 'new';
  return changesFor(objectTypes[type], wanted, { mode, state }, objects);
}

const memberPlan = (given: Readonly<Record<string, string>>, mode: Mode, names = ['compute']) =>
  planObjects(
    objectTypes.group,
    names.map((name) => ({ name, assignments: new Map(Object.entries(given)) })),
    { mode, onExisting: 'change' },
    objects,
  ).changes.filter(({ table }) => table === 'nodelist');

const planAgain = (onExisting: 'refuse' | 'replace') =>
  planObjects(
    objectTypes.node,
    [{ name: 'n1', assignments: new Map([['groups', 'all']]) }],
    { mode: 'set', onExisting },
    objects,
  );

test('only what becomes another value is set, in the tables it is stored in', () => {
  expect(changes('node', 'n1', { os: 'debian13', profile: 'compute', unit: '7' })).toEqual([
    { kind: 'set', table: 'nodetype', row: { node: 'n1', os: 'debian13' } },
    { kind: 'set', table: 'nodepos', row: { node: 'n1', u: '7' } },
  ]);
});

test('a blank value is stored as such only where it hides one of a group', () => {
  expect(changes('node', 'n1', { os: '', provmethod: '' })).toEqual([
    { kind: 'set', table: 'nodetype', row: { node: 'n1', os: null, provmethod: '|^.*$||' } },
  ]);
  expect(changes('node', 'n2', { provmethod: '', ip: '' })).toEqual([]); // no empty rows
  expect(changes('node', 'n2', { groups: 'compute', arch: '' })[1]).toMatchObject({
    row: { node: 'n2', arch: '|^.*$||' },
  });
});

test('words are added to and taken from the list that counts, also an inherited one', () => {
  expect(changes('node', 'n1', { postscripts: 'c,a' }, 'add')).toEqual([
    { kind: 'set', table: 'postscripts', row: { node: 'n1', postscripts: 'a,b,c' } },
  ]);
  expect(changes('node', 'n1', { groups: 'all' }, 'remove')).toEqual([
    { kind: 'set', table: 'nodelist', row: { node: 'n1', groups: 'compute' } },
  ]);
});

test('what is set for a group is stored under its name, and a new group gets a row', () => {
  expect(changes('group', 'compute', { arch: 'ppc64le' })).toEqual([
    { kind: 'set', table: 'nodetype', row: { node: 'compute', arch: 'ppc64le' } },
  ]);
  expect(changes('group', 'new', { os: 'x' })).toEqual([
    { kind: 'set', table: 'nodegroup', row: { groupname: 'new', grouptype: 'static' } },
    { kind: 'set', table: 'nodetype', row: { node: 'new', os: 'x' } },
  ]);
});

test('a new image is a linux one and is there without an attribute', () => {
  expect(changes('osimage', 'new', {})).toEqual([
    { kind: 'set', table: 'osimage', row: { imagename: 'new', imagetype: 'linux' } },
  ]);
});

test('a network of another address is another row', () => {
  expect(changes('network', 'net1', { gateway: '10.0.0.2' })).toEqual([
    {
      kind: 'set',
      table: 'networks',
      row: { net: '10.0.0.0', mask: '255.0.0.0', gateway: '10.0.0.2' },
    },
  ]);
  const [removed, set] = changes('network', 'net1', { net: '11.0.0.0' });
  expect(removed).toMatchObject({ kind: 'remove', where: { net: '10.0.0.0', mask: '255.0.0.0' } });
  expect(set).toMatchObject({ row: { net: '11.0.0.0', gateway: '10.0.0.1', netname: 'net1' } });
});

test('a blank setting of the site removes its row', () => {
  expect(changes('site', 'clustersite', { master: '', installdir: '/x' })).toEqual([
    { kind: 'remove', table: 'site', where: { key: 'master' } },
    { kind: 'set', table: 'site', row: { key: 'installdir', value: '/x' } },
  ]);
});

describe('refused is', () => {
  const readOnly = 'statelite NFS roots are always read-only';
  test.for<[TypeName, string, Record<string, string>, Mode, string]>([
    [
      'osimage',
      'img',
      { nfsrootopts: 'rw' },
      'set',
      `nfsrootopts cannot contain 'rw'; ${readOnly}`,
    ],
    [
      'osimage',
      'img',
      { nfsrootopts: 'rw' },
      'add',
      `nfsrootopts cannot contain 'rw'; ${readOnly}`,
    ],
    ['osimage', 'img', { nfsrootopts: 'no ac' }, 'set', 'blank'],
    ['node', 'n9', { os: 'x' }, 'set', "Attribute 'groups' is not specified for node 'n9'."],
    ['network', 'n', { net: '10.0.0.0' }, 'set', "'mask' is not specified for network 'n'"],
    ['statelite', 'n1', {}, 'set', "'statemnt' is not specified for statelite 'n1'"],
    ['statelite', 'n1', { statemnt: 'nowhere' }, 'set', 'names no server'],
    ['litefile', 'ALL:relative', { options: 'ro' }, 'set', 'relative'],
    ['litetree', 'high', { directory: '/x' }, 'set', 'priority'],
    ['node', 'n1', { bogus: 'x' }, 'set', "'bogus' is not a valid attribute name"],
    ['site', 'othersite', { master: 'x' }, 'set', 'cannot be the name'],
  ])('%s %s %j (%s)', ([type, name, given, mode, message]) => {
    expect(() => changes(type, name, given, mode)).toThrow(message);
  });

  test('to take the last good word of nfsrootopts away from a bad one', () => {
    const bad = objectsOf({ osimage: [{ imagename: 'img', nfsrootopts: 'rw,noac' }] });
    const wanted = { name: 'img', assignments: new Map([['nfsrootopts', 'noac']]) };
    const change = { mode: 'remove', state: 'there' } as const;
    expect(() => changesFor(objectTypes.osimage, wanted, change, bad)).toThrow(readOnly);
  });
});

describe('members', () => {
  test.for<[Mode, string, [string, string][]]>([
    [
      'set',
      'n2',
      [
        ['n1', 'all'],
        ['n2', 'all,compute'],
      ],
    ],
    ['add', 'n2', [['n2', 'all,compute']]],
    ['remove', 'n1', [['n1', 'all']]],
    ['set', '', [['n1', 'all']]],
    ['set', 'static', []],
  ])('%s %j', ([mode, members, rows]) => {
    expect(memberPlan({ members }, mode)).toEqual(
      rows.map(([node, groups]) => ({ kind: 'set', table: 'nodelist', row: { node, groups } })),
    );
  });

  test('of several groups at once come together in a node', () => {
    expect(memberPlan({ members: 'n2' }, 'add', ['g1', 'g2'])).toEqual([
      { kind: 'set', table: 'nodelist', row: { node: 'n2', groups: 'all,g1,g2' } },
    ]);
  });

  test('of a dynamic group, and those that are no nodes, are refused', () => {
    expect(() => memberPlan({ members: 'n1' }, 'add', ['dyn'])).toThrow(
      failure('ERR_STATELITE_USAGE'),
    );
    expect(() => memberPlan({ members: 'n9' }, 'add')).toThrow(
      failure('ERR_STATELITE_NODERANGE', 'n9'),
    );
  });
});

describe('an object that is there already', () => {
  test('is refused in the words of xCAT', () => {
    expect(() => planAgain('refuse')).toThrow("A definition for 'n1' already exists.");
  });

  test('is replaced with all its rows', () => {
    expect(planAgain('replace')).toEqual({
      created: [],
      changes: [
        { kind: 'remove', table: 'nodelist', where: { node: 'n1' } },
        { kind: 'remove', table: 'nodetype', where: { node: 'n1' } },
        { kind: 'set', table: 'nodelist', row: { node: 'n1', groups: 'all' } },
      ],
    });
  });
});
