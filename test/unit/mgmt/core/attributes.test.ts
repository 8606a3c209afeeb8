import { describe, expect, test } from 'vitest';
import { attributeOf, masterOf, serverOf } from '../../../../mgmt/core/attributes.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

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
