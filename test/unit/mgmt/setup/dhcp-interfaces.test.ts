import { expect, test } from 'vitest';
import { dhcpInterfaces } from '../../../../mgmt/setup/dhcp-interfaces.ts';

const groups = new Map([['mn', ['service']]]);
const on = (text: string | undefined, hostname = 'mn.c.example') =>
  dhcpInterfaces(text, { hostname, groupsOf: (node) => groups.get(node) ?? [] });

test.for([undefined, '', ' ; '])('%j sets no limit', (text) => {
  expect(on(text)).toBeUndefined();
});

test.for([
  ['eth1,eth2', ['eth1', 'eth2']],
  [' eth1 , bond0.7 ', ['eth1', 'bond0.7']],
  ['eth1:noboot', ['eth1']],
  ['!remote!eth3', ['eth3']],
  ['mn|eth1;service|bond0', ['eth1', 'bond0']],
  ['mn.c.example|eth1;other|eth2', ['eth1']],
  ['__mgmtnode|eth1', ['eth1']],
  ['other,mn|eth4:noboot,eth5', ['eth4', 'eth5']],
  ['other|eth1', []],
  ['other|eth1;eth9', ['eth9']],
] as const)('%s is %j on mn, which is in the group service', ([text, nics]) => {
  expect([...(on(text) ?? [])]).toEqual(nics);
});
