import { expect, test } from 'vitest';
import { absentHere } from '../../../../mgmt/setup/this-machine.ts';

const network = { server: '10.77.0.1', interface: undefined, cidr: '10.77.0.0/24' };
const here = [
  { interface: 'eth0', address: '192.168.1.1' },
  { interface: 'eth1', address: '10.77.0.1' },
];

test.for<[string, string | undefined, typeof here, RegExp[]]>([
  ['nothing is wrong', undefined, here, []],
  ['the interface is there', 'eth1', here, []],
  ['the interface is not there', 'eth9', here, [/no interface eth9 .*it has: eth0, eth1.*no DHCP/]],
  ['there is no interface at all', 'eth1', [], [/it has: none/]],
  [
    'the address is on another interface',
    'eth0',
    here,
    [/of eth1, not of eth0: --interface eth1\?/],
  ],
  [
    'the address is not there yet',
    undefined,
    here.slice(0, 1),
    [/has the address 10\.77\.0\.1 yet: ip address add 10\.77\.0\.1\/24 dev NIC$/],
  ],
])('%s', ([, nic, interfaces, expected]) => {
  const notes = absentHere({ ...network, interface: nic }, interfaces);
  expect(notes).toEqual(expected.map((pattern): unknown => expect.stringMatching(pattern)));
});
