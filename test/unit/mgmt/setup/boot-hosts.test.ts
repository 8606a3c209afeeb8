import { expect, test } from 'vitest';
import { bootHosts } from '../../../../mgmt/setup/boot-hosts.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const contains = (address: string) => address.startsWith('10.77.0.');
const elsewhere = (address: string) => address.startsWith('10.78.');

test('a node with a MAC address and an address is known to DHCP, with its loader', () => {
  const cluster = clusterOf({
    nodelist: [{ node: 'n1' }, { node: 'n2', groups: 'old' }],
    mac: [
      { node: 'n1', mac: '52:54:00:77:00:01' },
      { node: 'n2', mac: '52-54-00-77-00-02!n2|52:54:00:88:00:02!n2-eth1' },
    ],
    hosts: [
      { node: 'n1', ip: '10.77.0.11' },
      { node: 'n2', ip: '10.77.0.12' },
    ],
    noderes: [{ node: 'old', netboot: 'pxe' }],
  });
  expect(bootHosts(cluster, contains)).toEqual({
    hosts: [
      { node: 'n1', mac: '52:54:00:77:00:01', ip: '10.77.0.11', loader: 'xnba' },
      { node: 'n2', mac: '52:54:00:77:00:02', ip: '10.77.0.12', loader: 'pxe' },
    ],
    left: [],
    notes: [],
  });
});

test("addresses may come from the nodes' names", () => {
  const cluster = clusterOf({
    nodelist: ['n1', 'n2', 'login'].map((node) => ({ node, groups: 'all' })),
    mac: [{ node: 'all', mac: '|\\D+(\\d+)|52:54:00:77:00:0($1)|' }],
    hosts: [{ node: 'all', ip: '|\\D+(\\d+)|10.77.0.($1+10)|' }],
  });
  const { hosts, notes } = bootHosts(cluster, contains);
  expect(hosts.map(({ node, mac, ip }) => [node, mac, ip])).toEqual([
    ['n1', '52:54:00:77:00:01', '10.77.0.11'],
    ['n2', '52:54:00:77:00:02', '10.77.0.12'],
  ]);
  expect(notes).toEqual([
    expect.stringMatching(/^login is left out of DHCP: hosts row node=all: ip .* for login: /),
  ]);
});

test('a node that is left out is named, with the reason', () => {
  const mac = '52:54:00:77:00:0';
  const cluster = clusterOf({
    nodelist: ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'a.b'].map((node) => ({ node })),
    mac: [
      { node: 'n1', mac: `${mac}1` },
      { node: 'n3', mac: `${mac}3` },
      { node: 'n4', mac: `${mac}1` },
      { node: 'n5', mac: `${mac}5` },
      { node: 'n6', mac: `${mac}6` },
    ],
    hosts: [
      { node: 'n1', ip: '10.77.0.11' },
      { node: 'n2', ip: '10.77.0.12' },
      { node: 'n4', ip: '10.77.0.14' },
      { node: 'n5', ip: '10.78.0.15' },
      { node: 'n6', ip: '10.77.0.16' },
    ],
    noderes: [{ node: 'n6', netboot: 'nimol' }],
  });
  const { hosts, left, notes } = bootHosts(cluster, contains);
  expect(hosts.map(({ node }) => node)).toEqual(['n1']);
  expect(left).toEqual(['n2', 'n3', 'n4', 'n5', 'n6', 'a.b']);
  expect(notes).toEqual([
    expect.stringMatching(/^n2 is left out of DHCP: .*MAC/),
    expect.stringMatching(/^n3 is left out of DHCP: it has no address/),
    'n4 is left out of DHCP: 52:54:00:77:00:01 belongs to n1',
    'n5 is left out of DHCP: its address 10.78.0.15 is in no network that DHCP is served in',
    expect.stringMatching(/^n6 is left out of DHCP: .*nimol/),
    'a.b is left out of DHCP: its name cannot be a host name',
  ]);
});

test('a reason that nodes share is said once', () => {
  const cluster = clusterOf({
    nodelist: ['a1', 'a2', 'n1', 'n2', 'n3', 'm1', 'm2', 'a.b', 'a.c'].map((node) => ({ node })),
    hosts: [
      ...[1, 2, 3].map((number) => ({ node: `n${number}`, ip: `10.78.0.1${number}` })),
      ...[1, 2].map((number) => ({ node: `m${number}`, ip: `10.77.0.2${number}` })),
    ],
  });
  expect(bootHosts(cluster, contains).notes).toEqual([
    'a[1-2] are left out of DHCP: they have no address, chtab node=NODE hosts.ip=...',
    'n[1-3] are left out of DHCP: their addresses are in no network that DHCP is served in',
    expect.stringMatching(/^m\[1-2\] are left out of DHCP: No MAC .*chtab node=NODE mac/),
    'a.b,a.c are left out of DHCP: their names cannot be host names',
  ]);
});

test('a node that another DHCP server has is left out without a word', () => {
  const cluster = clusterOf({
    nodelist: [{ node: 'n1' }, { node: 'n2' }],
    hosts: [
      { node: 'n1', ip: '10.78.0.11' },
      { node: 'n2', ip: '10.79.0.12' },
    ],
  });
  expect(bootHosts(cluster, contains, cluster.nodes, elsewhere)).toMatchObject({
    hosts: [],
    left: ['n1', 'n2'],
    notes: [expect.stringMatching(/^n2 /)],
  });
});
