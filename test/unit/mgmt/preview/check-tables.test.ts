import { describe, expect, test } from 'vitest';
import { checkTables } from '../../../../mgmt/preview/check-tables.ts';
import { clusterOf, type Given } from '../../../helpers/cluster.ts';

const sound: Given = {
  osimage: [{ imagename: 'compute', groups: 'lite,other' }],
  nodelist: [{ node: 'n1' }],
  nodetype: [{ node: 'n1', provmethod: 'compute' }],
  litefile: [
    { image: 'ALL', file: '/etc/motd' },
    { image: 'lite', file: '/etc/issue' },
    { image: 'compute', file: '/etc/app/' },
  ],
  litetree: [{ priority: '1', image: '', directory: 'mn:/t' }],
};

function found(change: Given): string[] {
  return checkTables(clusterOf({ ...sound, ...change })).map(
    ({ level, nodes, message }) => `${level}: ${[...(nodes ?? []), message].join(' ')}`,
  );
}

describe('mistakes that tables show by themselves', () => {
  test('are none in sound tables', () => {
    expect(found({})).toEqual([]);
  });

  test.each<[string, Given, string]>([
    [
      'a refused combination',
      {
        litefile: [
          { image: 'ALL', file: '/etc/', options: 'ro' },
          { image: 'ALL', file: '/etc/motd', options: 'tmpfs' },
        ],
      },
      'error: "/etc/motd" (tmpfs) cannot be below "/etc/" (ro)',
    ],
    [
      'a litefile row for nothing',
      { litefile: [{ image: 'compoot', file: '/etc/motd' }] },
      'warning: the litefile row /etc/motd is for compoot',
    ],
    [
      'a litetree row for nothing',
      { litetree: [{ priority: '7', image: 'gone', directory: 'mn:/t' }] },
      'warning: the litetree row priority 7 is for gone',
    ],
    [
      'a node of an unknown image',
      { nodetype: [{ node: 'n1', provmethod: 'compote' }] },
      'error: n1 there is no osimage compote',
    ],
    ['a node without an image', { nodetype: [] }, 'warning: n1 no image'],
    [
      'a persistent directory of nobody',
      { statelite: [{ node: 'gone', statemnt: 'mn:/s' }] },
      'warning: the statelite row gone is for no node and no group',
    ],
    [
      'a value that cannot be made from a name',
      { hosts: [{ node: 'n1', ip: '|x(\\d)|10.0.0.($1)|' }] },
      'error: n1 hosts row node=n1: ip |x(\\d)|10.0.0.($1)| for n1: the left side does not match',
    ],
    [
      'an image that cannot be made from a name',
      { nodetype: [{ node: 'n1', provmethod: '|x(\\d)|i($1)|' }] },
      'error: n1 nodetype row node=n1: provmethod',
    ],
  ])('%s', (_, change, message) => {
    expect(found(change)).toEqual([expect.stringContaining(message)]);
  });

  test('of one row are one finding with all nodes it is wrong for', () => {
    const nodelist = ['n1', 'a', 'b', 'c'].map((node) => ({ node, groups: 'all,compute' }));
    const hosts = [
      { node: 'all', ip: '|n(\\d)|10.0.0.($1)|' },
      { node: 'c', ip: '10.0.0.9' },
    ];
    const nodetype = [{ node: 'all', provmethod: 'compute' }];
    expect(found({ nodelist, hosts, nodetype })).toEqual([
      expect.stringMatching(/^error: a b hosts row node=all: ip .* for a: /),
    ]);
  });

  test('are told with the name that was meant', () => {
    const [finding] = checkTables(
      clusterOf({ ...sound, litefile: [{ image: 'computee', file: '/etc/motd' }] }),
    );
    expect(finding?.hint).toContain('compute');
  });
});
