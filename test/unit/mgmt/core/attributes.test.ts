import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attributeOf,
  explicitlyEmpty,
  masterOf,
  serverOf,
  sourcedAttribute,
} from '../../../../mgmt/core/attributes.ts';
import { indexCluster } from '../../../../mgmt/core/cluster.ts';
import { shuffled } from '../../../helpers/arbitrary.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const cluster = clusterOf({
  nodelist: [{ node: 'n1', groups: 'rack1, compute' }],
  nodetype: [
    { node: 'compute', os: 'debian12', arch: 'x86_64', profile: 'compute' },
    { node: 'rack1', profile: 'rack' },
    { node: 'n1', os: 'debian13' },
    { node: 'elsewhere', provmethod: 'img' },
  ],
  noderes: [
    { node: 'n1', netboot: 'pxe', disable: 'yes' },
    { node: 'rack1', nfsserver: '<xcatmaster>', tftpserver: 'tftp1' },
  ],
  site: [{ key: 'master', value: '10.0.0.1' }],
});

describe('an attribute of a node', () => {
  test.for<[string, string | undefined]>([
    ['os', 'debian13'],
    ['profile', 'rack'],
    ['arch', 'x86_64'],
    ['provmethod', undefined],
  ])('%s is its own, else that of the first group that has one', ([column, value]) => {
    expect(attributeOf(cluster, 'n1', 'nodetype', column)).toBe(value);
  });

  test('is not taken from a disabled row', () => {
    expect(attributeOf(cluster, 'n1', 'noderes', 'netboot')).toBeUndefined();
  });

  test('in nodelist belongs to the node alone', () => {
    const groupsAsNodes = clusterOf({
      nodelist: [
        { node: 'n1', groups: 'g' },
        { node: 'g', status: 'booted' },
      ],
    });
    expect(attributeOf(groupsAsNodes, 'n1', 'nodelist', 'status')).toBeUndefined();
  });
});

describe('where a value comes from', () => {
  test.for<[string, string]>([
    ['os', 'n1'],
    ['profile', 'rack1'],
    ['arch', 'compute'],
  ])('of %s is %s', ([column, from]) => {
    expect(sourcedAttribute(cluster, 'n1', 'nodetype', column)?.from).toBe(from);
  });

  test('is told for the key as well, which is the node itself', () => {
    expect(sourcedAttribute(cluster, 'n1', 'noderes', 'node')).toEqual({
      value: 'n1',
      from: 'rack1',
    });
  });
});

describe('a value that is explicitly empty', () => {
  const overridden = clusterOf({
    nodelist: [
      { node: 'n1', groups: 'a,b' },
      { node: 'n2', groups: 'b' },
    ],
    nodehm: [
      { node: 'n1', mgt: explicitlyEmpty },
      { node: 'a', cons: explicitlyEmpty },
      { node: 'b', mgt: 'ipmi', cons: 'ipmi' },
    ],
    statelite: [
      { node: 'n1', statemnt: explicitlyEmpty },
      { node: 'b', statemnt: 'srv:/state' },
    ],
  });

  test.for<['nodehm' | 'statelite', string]>([
    ['nodehm', 'mgt'],
    ['nodehm', 'cons'],
    ['statelite', 'statemnt'],
  ])('hides that of later groups: %s.%s', ([table, column]) => {
    expect(attributeOf(overridden, 'n1', table, column)).toBeUndefined();
    expect(attributeOf(overridden, 'n2', table, column)).toBeDefined();
  });
});

describe('a value made from the name', () => {
  const regexes = clusterOf({
    nodelist: [
      { node: 'cn07', groups: 'compute' },
      { node: 'login', groups: 'compute' },
    ],
    hosts: [{ node: 'compute', ip: '|cn(\\d+)|10.0.0.($1+100)|', hostnames: '/(/x/' }],
    nodehm: [{ node: 'compute', termserver: '/\\z/-ts/' }],
    noderes: [{ node: 'compute', nfsdir: '/cn/x/', tftpdir: '/a/b/c/' }],
    statelite: [{ node: 'compute', statemnt: '/cn/x/', mntopts: '|cn(\\d+)|port=($1)|' }],
  });

  test.for<['hosts' | 'nodehm' | 'noderes' | 'statelite', string, string]>([
    ['hosts', 'ip', '10.0.0.107'],
    ['nodehm', 'termserver', 'cn07-ts'],
    ['noderes', 'nfsdir', 'x07'],
    ['noderes', 'tftpdir', '/a/b/c/'],
    ['statelite', 'mntopts', 'port=07'],
  ])('%s.%s is worked out for the node that inherits it', ([table, column, value]) => {
    expect(sourcedAttribute(regexes, 'cn07', table, column)).toEqual({ value, from: 'compute' });
  });

  test('is not looked for in a directory of the statelite table', () => {
    expect(attributeOf(regexes, 'cn07', 'statelite', 'statemnt')).toBe('/cn/x/');
  });

  test.for<[string, string, string[]]>([
    ['login', 'ip', ['hosts row node=compute', 'ip', 'for login', 'does not match']],
    ['cn07', 'hostnames', ['hosts row node=compute', 'hostnames /(/x/', 'is no regex']],
  ])('that cannot be worked out for %s names row and column', ([node, column, named]) => {
    expect(() => attributeOf(regexes, node, 'hosts', column)).toThrow(
      failure('ERR_STATELITE_ROW', ...named),
    );
  });
});

describe('a hierarchical column', () => {
  test.for<[string, string, string, string | undefined, string | undefined]>([
    ['x,y', 'y,z', 'w', 'x,y,z,w', 'n1'],
    ['', 'y', 'z,y', 'y,z', 'a'],
    ['', '', '', undefined, undefined],
    ['x', '', 'z+=NEXTRECORD', 'x,z', 'n1'],
    ['x', explicitlyEmpty, 'z', 'x', 'n1'],
    [explicitlyEmpty, 'y', 'z', undefined, undefined],
    ['/\\z/-r/', '/^/r-/', '', 'n1-r,r-n1', 'n1'],
  ])('of %j, %j, %j is %j', ([own, a, b, value, from]) => {
    const found = sourcedAttribute(
      given(own, a, b, 'postscripts, routenames'),
      'n1',
      'noderes',
      'routenames',
    );
    expect([found?.value, found?.from]).toEqual([value, from]);
  });

  test('has another delimiter if the site says so', () => {
    const spaced = given('x y', 'y z', 'w', 'routenames: ');
    expect(attributeOf(spaced, 'n1', 'noderes', 'routenames')).toBe('x y z w');
  });

  test.for<[string, string, string, string]>([
    ['x,+=NEXTRECORD', 'y', 'z', 'x,y'],
    ['x,+=NEXTRECORD', 'y,+=NEXTRECORD', 'z', 'x,y,z'],
    ['x,+=NEXTRECORD', '', 'z', 'x,z'],
    ['x+=NEXTRECORD', '', '', 'x'],
    ['', 'y,+=NEXTRECORD', 'z', 'y,z'],
    ['x', 'y+=NEXTRECORD', 'z', 'x'],
  ])('marked row by row, %j, %j, %j, is %j', ([own, a, b, value]) => {
    expect(attributeOf(given(own, a, b), 'n1', 'noderes', 'routenames')).toBe(value);
  });

  test('does not concern nodelist', () => {
    const flat = clusterOf({
      nodelist: [
        { node: 'n1', groups: 'a' },
        { node: 'a', groups: 'x', status: 'booted' },
      ],
      site: [{ key: 'hierarchicalattrs', value: 'status,groups' }],
    });
    expect(attributeOf(flat, 'n1', 'nodelist', 'groups')).toBe('a');
    expect(attributeOf(flat, 'n1', 'nodelist', 'status')).toBeUndefined();
  });
});

test('values do not depend on the order of rows', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { rows } = cluster;
      const other = indexCluster({
        ...rows,
        nodelist: shuffled(rows.nodelist, seed),
        nodetype: shuffled(rows.nodetype, seed),
        noderes: shuffled(rows.noderes, seed),
      });
      for (const column of ['os', 'arch', 'profile', 'provmethod']) {
        expect(sourcedAttribute(other, 'n1', 'nodetype', column)).toEqual(
          sourcedAttribute(cluster, 'n1', 'nodetype', column),
        );
      }
    }),
  );
});

describe('the master of a node', () => {
  test('is site.master without a row of its own', () => {
    expect(masterOf(cluster, 'n1')).toBe('10.0.0.1');
  });

  test.for<[string, string | undefined]>([
    ['sn1', 'sn1'],
    ['<xcatmaster>', undefined],
  ])('with xcatmaster %s is %s', ([xcatmaster, master]) => {
    const own = clusterOf({
      nodelist: [{ node: 'n1', groups: 'g' }],
      noderes: [{ node: 'g', xcatmaster }],
    });
    expect(masterOf(own, 'n1')).toBe(master);
  });

  test('stands for <xcatmaster> in other columns', () => {
    expect(serverOf(cluster, 'n1', 'noderes', 'nfsserver')).toBe('10.0.0.1');
    expect(serverOf(cluster, 'n1', 'noderes', 'tftpserver')).toBe('tftp1');
    expect(serverOf(cluster, 'n1', 'noderes', 'monserver')).toBeUndefined();
  });
});

describe('a row', () => {
  test.for<[string, boolean]>([
    ['0', true],
    ['no', true],
    ['NO', true],
    ['1', false],
    ['yes', false],
    ['false', false],
  ])('with disable=%s counts: %s', ([disable, counts]) => {
    const { nodes } = clusterOf({ nodelist: [{ node: 'n1', disable }] });
    expect(nodes.has('n1')).toBe(counts);
  });
});

/** A node with its groups a and b, and what the row of each says. */
function given(own: string, a: string, b: string, hierarchicalattrs = '') {
  return clusterOf({
    nodelist: [{ node: 'n1', groups: 'a,b' }],
    noderes: [
      { node: 'n1', routenames: own },
      { node: 'a', routenames: a },
      { node: 'b', routenames: b },
    ],
    site: [{ key: 'hierarchicalattrs', value: hierarchicalattrs }],
  });
}
