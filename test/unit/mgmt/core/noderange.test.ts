import { describe, expect, test } from 'vitest';
import { expandNoderange, newNames } from '../../../../mgmt/core/noderange.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const nodelist = [
  ...['cn01', 'cn02', 'cn03', 'cn10'].map((node) => ({ node, groups: 'compute,all' })),
  { node: 'login', groups: 'all, front' },
  { node: 'my-node1' },
  { node: 'my-node2' },
  { node: 'old', groups: 'compute', disable: '1' },
];
const cluster = clusterOf({
  nodelist,
  nodegroup: [{ groupname: 'empty' }, { groupname: 'compute' }],
});

describe('a noderange', () => {
  test.for<[string, string[]]>([
    ['login', ['login']],
    ['login,cn01,login', ['cn01', 'login']],
    ['compute', ['cn01', 'cn02', 'cn03', 'cn10']],
    ['front,cn01', ['cn01', 'login']],
    ['empty', []],
    ['', []],
    ['cn[01-03]', ['cn01', 'cn02', 'cn03']],
    ['cn[01,10]', ['cn01', 'cn10']],
    ['cn01-cn03', ['cn01', 'cn02', 'cn03']],
    ['cn01:cn03', ['cn01', 'cn02', 'cn03']],
    ['cn01+2', ['cn01', 'cn02', 'cn03']],
    ['my-node1-my-node2', ['my-node1', 'my-node2']],
    ['my-node1', ['my-node1']],
    ['compute,-cn[01-02]', ['cn03', 'cn10']],
    ['-cn01,compute', ['cn02', 'cn03', 'cn10']],
    ['all@compute', ['cn01', 'cn02', 'cn03', 'cn10']],
    ['(cn01,login)@front', ['login']],
    ['all,-(cn[01-03],login)', ['cn10']],
    ['"cn01, cn02"', ['cn01', 'cn02']],
  ])('"%s"', ([range, nodes]) => {
    expect(expandNoderange(range, cluster)).toEqual(nodes);
  });

  test.for<[string, string]>([
    ['cn04', 'cn04'],
    ['cn01,nosuch,neither', 'nosuch,neither'],
    ['cn[01-05]', 'cn04,cn05'],
    ['old', 'old'],
    ['(cn01', '(cn01'],
    ['cn[01', 'cn[01'],
    ['^/tmp/nodes', '^/tmp/nodes'],
  ])('"%s" is refused, naming what is unknown', ([range, unknown]) => {
    expect(() => expandNoderange(range, cluster)).toThrow(
      failure('ERR_STATELITE_NODERANGE', `Invalid nodes and/or groups in noderange: ${unknown}`),
    );
  });

  test('never includes what site.excludenodes names, even if that is gone', () => {
    const site = [{ key: 'excludenodes', value: 'cn02,gone' }];
    expect(expandNoderange('compute', clusterOf({ nodelist, site }))).toEqual([
      'cn01',
      'cn03',
      'cn10',
    ]);
  });
});

describe('names for new nodes', () => {
  test.for<[string, string[]]>([
    ['a1', ['a1']],
    ['a[1-2]b[08-10]', ['a1b08', 'a1b09', 'a1b10', 'a2b08', 'a2b09', 'a2b10']],
    ['a9+2', ['a9', 'a10', 'a11']],
    ['r1n1-r1n3,r1n2', ['r1n1', 'r1n2', 'r1n3']],
    ['r1n1-r2n2', ['r1n1-r2n2']],
    ['a1-b1', ['a1-b1']],
  ])('"%s"', ([range, names]) => {
    expect(newNames(range)).toEqual(names);
  });

  test.for(['a[1-999999]', 'a[1-999][1-999]', 'a1+1000000', `a[1-${'9'.repeat(400)}]`])(
    '"%s" is refused: nobody has so many',
    (range) => {
      expect(() => newNames(range)).toThrow(failure('ERR_STATELITE_NODERANGE', 'names'));
    },
  );

  test('a span that counts down is refused', () => {
    expect(() => newNames('a[9-1]')).toThrow(failure('ERR_STATELITE_NODERANGE', 'counts down'));
  });
});
