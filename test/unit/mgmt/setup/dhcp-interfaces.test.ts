import { describe, expect, test } from 'vitest';
import { dhcpInterfaces } from '../../../../mgmt/setup/dhcp-interfaces.ts';

const groups = new Map([['mn', ['service']]]);
const nodes = new Map([
  ['mn', ['mn']],
  ['service', ['mn', 'sn']],
  ['heads', ['head']],
  ['heads,other', ['head', 'other']],
  ['service,-mn', ['sn']],
]);
const on = (text: string | undefined, hostname = 'mn.c.example') =>
  dhcpInterfaces(text, {
    hostname,
    addresses: new Set(['10.77.0.1', 'fd77::1']),
    master: '10.5.0.1',
    groupsOf: (node) => groups.get(node) ?? [],
    nodesOf: (range) => nodes.get(range),
    addressOf: (node) => (node === 'head' ? '10.77.0.1' : undefined),
  });

test.for([undefined, '', ' ; '])('%j sets no limit', (text) => {
  expect(on(text)).toBeUndefined();
});

test.for([
  ['eth1,eth2', ['eth1', 'eth2']],
  [' eth1 , bond0.7 ', ['eth1', 'bond0.7']],
  ['eth1 eth2\teth3', ['eth1', 'eth2', 'eth3']],
  ['mn|eth1 eth2', ['eth1', 'eth2']],
  ['eth1:noboot', ['eth1']],
  ['eth1:0', ['eth1']],
  ['!remote!eth3', ['eth3']],
  ['mn|eth1;service|bond0', ['eth1', 'bond0']],
  ['mn.c.example|eth1;other|eth2', ['eth1']],
  [' MN | eth1', ['eth1']],
  ['mn.x.example|eth1', []],
  ['__mgmtnode|eth1', ['eth1']],
  ['other,mn|eth4:noboot,eth5', ['eth4', 'eth5']],
  ['other|eth1', []],
  ['other|eth1;eth9', ['eth9']],
  ['unknown,service|eth1', ['eth1']],
  ['service,-mn|eth1', []],
] as const)('%s is %j on mn, which is in the group service', ([text, nics]) => {
  expect([...(on(text) ?? [])]).toEqual(nics);
});

describe('without a domain in its host name', () => {
  test.for([
    ['mn.c.example|eth1', ['eth1']],
    ['mn|eth1', ['eth1']],
    ['mn1.c.example|eth1', []],
  ] as const)('%s is %j on mn', ([text, nics]) => {
    expect([...(on(text, 'mn') ?? [])]).toEqual(nics);
  });
});

test.for([
  ['10.77.0.1|eth1', ['eth1']],
  ['fd77::1|eth1', ['eth1']],
  ['10.77.0.2|eth1', []],
  ['10.5.0.1|eth1', ['eth1']],
  ['heads|eth1', ['eth1']],
  ['heads,other|eth1', ['eth1']],
] as const)('addresses are those of this machine: %s is %j', ([text, nics]) => {
  expect([...(on(text, '10') ?? [])]).toEqual(nics);
});
