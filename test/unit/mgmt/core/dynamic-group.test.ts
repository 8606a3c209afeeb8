import { describe, expect, test } from 'vitest';
import { membersOf } from '../../../../mgmt/core/dynamic-group.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const members = (wherevals: string) =>
  membersOf(
    'g',
    clusterOf({
      nodelist: [
        { node: 'n1', groups: 'compute' },
        { node: 'n2', groups: 'compute,g' },
        { node: 'sn1', groups: 'service' },
      ],
      nodegroup: [{ groupname: 'g', grouptype: 'dynamic', wherevals }],
      nodetype: [
        { node: 'compute', os: 'sles15', arch: 'ppc64le' },
        { node: 'n2', os: 'rhels9' },
      ],
      hosts: [{ node: 'compute', ip: '|n(\\d+)|10.0.0.($1)|' }],
      noderes: [{ node: 'service', proxydhcp: '1' }],
    }),
  );

describe('the members of a dynamic group', () => {
  test.for<[string, string[]]>([
    ['os==sles15', ['n1']],
    ['os!=sles15', ['n2', 'sn1']],
    ['os=~^(sles|rhels)', ['n1', 'n2']],
    ['os=~/sles[0-9]+/', ['n1']],
    ['arch==ppc64le::os!~sles', ['n2']],
    ['arch=ppc64le :: os=rhels9', ['n2']],
    ['groups=~service', ['sn1']],
    ['supportproxydhcp==1', ['sn1']],
    ['nodetype.arch==ppc64le', ['n1', 'n2']],
    ['node=~^sn', ['sn1']],
    ['ip==10.0.0.2', ['n2']],
    ['os==none', []],
  ])('%s are %j', ([wherevals, expected]) => {
    expect(members(wherevals)).toEqual(expected);
  });

  test.for<[string, string]>([
    ['', 'wherevals is blank'],
    ['::', 'wherevals is blank'],
    ['os', 'os is no condition'],
    ['os<5', 'os<5 is no condition'],
    ['oss==x', 'a node has no attribute oss'],
    ['nodetype.oss==x', 'nodetype has no column oss'],
    ['os=~(', 'is no regex'],
  ])('"%s" is refused, naming the row and the problem', ([wherevals, problem]) => {
    expect(() => members(wherevals)).toThrow(
      failure('ERR_STATELITE_TABLE', 'nodegroup row groupname=g', problem),
    );
  });

  test('of a static one are those whose nodelist row names it', () => {
    const cluster = clusterOf({
      nodelist: [{ node: 'n2', groups: 'g' }, { node: 'n1', groups: 'a, g' }, { node: 'n3' }],
      nodegroup: [{ groupname: 'g', wherevals: 'node==n3' }, { groupname: 'empty' }],
    });
    expect(membersOf('g', cluster)).toEqual(['n2', 'n1']);
    expect(membersOf('empty', cluster)).toEqual([]);
    expect(membersOf('none', cluster)).toBeUndefined();
  });
});
