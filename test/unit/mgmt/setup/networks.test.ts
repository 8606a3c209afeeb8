import { expect, test } from 'vitest';
import { parseNetwork } from '../../../../mgmt/setup/network.ts';
import {
  networkRows,
  networksOf,
  rowChanges,
  withNetwork,
} from '../../../../mgmt/setup/networks.ts';
import { tableRows } from '../../../helpers/cluster.ts';

const rowsOf = (...networks: Record<string, string>[]) => tableRows({ networks }).networks;
const of = (
  rows: ReturnType<typeof rowsOf>,
  more: Partial<Omit<Parameters<typeof networksOf>[0], 'rows'>> = {},
) => networksOf({ rows, master: undefined, domain: undefined, interfaces: [], ...more });

test('what setup was told is found again in its rows', () => {
  const network = parseNetwork({
    network: '10.77.0.0/24',
    server: ['10.77.0.1', 'mn'],
    interface: 'br0',
    range: '10.77.0.100-10.77.0.199',
    domain: 'c.example',
    gateway: '10.77.0.254',
    nameserver: ['9.9.9.9', '10.77.0.2'],
    network6: 'fd77::/64',
  });
  const { networks, notes } = of(withNetwork([], network));
  expect(notes).toEqual([]);
  expect(networks).toEqual([
    { ...network, serverNames: ['10.77.0.1'], contains: expect.any(Function) },
  ]);
});

test('columns that setup was told nothing of stay, and other rows too', () => {
  const old = rowsOf(
    { net: '10.1.0.0', mask: '255.255.0.0' },
    { net: '10.77.0.0', mask: '255.255.255.0', gateway: '10.77.0.9', netname: 'boot' },
  );
  const network = parseNetwork({ network: '10.77.0.0/24', server: ['10.77.0.1'] });
  expect(withNetwork(old, network)).toMatchObject([
    { net: '10.1.0.0' },
    { net: '10.77.0.0', gateway: '10.77.0.9', netname: 'boot', dhcpserver: '10.77.0.1' },
  ]);
  expect(networkRows(network)).toEqual([
    { net: '10.77.0.0', mask: '255.255.255.0', dhcpserver: '10.77.0.1' },
  ]);
});

test.for([
  ['dhcpserver', { dhcpserver: '10.77.0.2' }, {}, '10.77.0.2'],
  ['tftpserver', { dhcpserver: 'mn', tftpserver: '10.77.0.3' }, {}, '10.77.0.3'],
  ['site.master', {}, { master: '10.77.0.4' }, '10.77.0.4'],
  [
    'an interface',
    { dhcpserver: '10.9.9.9' },
    { master: '10.1.0.1', interfaces: [{ interface: 'eth1', address: '10.77.0.5' }] },
    '10.77.0.5',
  ],
] as const)('the address of this machine is that of %s', ([, row, more, server]) => {
  const { networks } = of(rowsOf({ net: '10.77.0.0', mask: '/24', ...row }), more);
  expect(networks).toMatchObject([{ server }]);
});

test('a network without an address of ours, or one that is none, is left out by name', () => {
  const rows = rowsOf(
    { net: '10.77.0.0', mask: '255.255.255.0' },
    { net: '10.78.0.0', mask: 'x', dhcpserver: '10.78.0.1' },
    { net: '10.79.0.0', mask: '/31', dhcpserver: '10.79.0.1' },
    { net: '10.80.0.0', mask: '/24', dhcpserver: '10.80.0.1', mgtifname: 'no nic' },
  );
  const { networks, notes } = of(rows);
  expect(networks).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/^networks row net=10\.77\.0\.0 .*no address in it/),
    expect.stringMatching(/^networks row net=10\.78\.0\.0 .*mask x is no network/),
    expect.stringMatching(/^networks row net=10\.79\.0\.0 .*mask \/31 is no network/),
    expect.stringMatching(/^networks row net=10\.80\.0\.0 .*mgtifname no nic is no NIC/),
  ]);
});

test.for([
  ['dynamicrange', '10.77.0.50', /10\.77\.0\.50 is left out: write FIRST-LAST.*10\.77\.0\.1 nor/],
  ['dynamicrange', '10.77.0.1-10.77.0.9', /10\.77\.0\.1-10\.77\.0\.9 is left out/],
  ['gateway', '10.9.9.9', /10\.9\.9\.9 is left out: it is no address of the network/],
  ['domain', 'a b', /a b is left out: it is no name of a domain/],
  ['domain', `${'x'.repeat(64)}.example`, /is left out/],
] as const)(
  'the network stays if its %s is %j, and a note names row, column and value',
  (given) => {
    const [column, value, why] = given;
    const row = { net: '10.77.0.0', mask: '/24', dhcpserver: '10.77.0.1', [column]: value };
    const { networks, notes } = of(rowsOf(row));
    expect(networks).toMatchObject([{ ranges: [], gateway: undefined, domain: undefined }]);
    expect(notes).toEqual([expect.stringMatching(`networks row net=10\\.77\\.0\\.0: ${column} `)]);
    expect(notes[0]).toMatch(why);
    expect(notes[0]).not.toContain('--');
  },
);

test('ranges are those that can be used, and come back as they were', () => {
  const dynamicrange = '10.77.0.100,10.77.0.120;10.77.0.110-10.77.0.130;10.77.0.140 10.77.0.150';
  const row = { net: '10.77.0.0', mask: '/24', dhcpserver: '10.77.0.1', dynamicrange };
  const { networks, notes } = of(rowsOf(row));
  expect(notes).toEqual([expect.stringContaining('dynamicrange 10.77.0.110-10.77.0.130 is left')]);
  expect(networks.flatMap(networkRows)).toMatchObject([
    { dynamicrange: '10.77.0.100-10.77.0.120;10.77.0.140-10.77.0.150' },
  ]);
});

test.for([
  ['64', { address: 'fd77::', length: 64 }, []],
  ['/64', { address: 'fd77::', length: 64 }, []],
  ['many', undefined, [expect.stringContaining('net=fd77:: is not announced: its mask many')]],
] as const)('an IPv6 row with mask %s is no matter for the network', ([mask, network6, said]) => {
  const rows = rowsOf(
    { net: '10.77.0.0', mask: '/24', dhcpserver: '10.77.0.1' },
    { net: 'fd77::', mask },
  );
  const { networks, notes } = of(rows);
  expect(networks.map((network) => network.network6)).toEqual([network6]);
  expect(notes).toEqual(said);
});

test('servers for names and time may have blanks between them', () => {
  const row = { net: '10.77.0.0', mask: '/24', nameservers: '9.9.9.9 10.77.0.2, <xcatmaster>' };
  expect(of(rowsOf(row), { master: '10.77.0.1' }).networks).toMatchObject([
    { nameservers: ['9.9.9.9', '10.77.0.2', '10.77.0.1'] },
  ]);
});

test("xCAT's placeholders are this machine, and the site's domain is for all", () => {
  const row = {
    net: '10.77.0.0',
    mask: '/24',
    gateway: '<xcatmaster>',
    nameservers: '<xcatmaster>,mn',
  };
  expect(of(rowsOf(row), { master: '10.77.0.1', domain: 'x.example' }).networks).toMatchObject([
    { gateway: '10.77.0.1', nameservers: ['10.77.0.1'], domain: 'x.example' },
  ]);
});

test('time servers and the size of packets are those of the row', () => {
  const row = { net: '10.77.0.0', mask: '/24', ntpservers: '<xcatmaster>,time.example,9.9.9.9' };
  const of77 = (mtu: string) => of(rowsOf({ ...row, mtu }), { master: '10.77.0.1' });
  expect(of77('9000').networks).toMatchObject([
    { mtu: 9000, ntpservers: ['10.77.0.1', '9.9.9.9'] },
  ]);
  expect(of77('jumbo')).toMatchObject({
    networks: [],
    notes: [expect.stringContaining('mtu jumbo is no size of packets')],
  });
});

test('a network whose DHCP server is another machine in it is left out, and says which', () => {
  const row = { net: '10.77.0.0', mask: '/24', dhcpserver: '10.77.0.2' };
  const here = (...addresses: string[]) =>
    of(rowsOf(row), {
      interfaces: addresses.map((address, index) => ({ interface: `eth${index}`, address })),
    });
  expect(here('10.77.0.1')).toMatchObject({
    networks: [],
    notes: [expect.stringMatching(/DHCP server is 10\.77\.0\.2, and this machine is 10\.77\.0\.1/)],
  });
  expect(here('10.77.0.1', '10.77.0.2').networks).toMatchObject([{ server: '10.77.0.2' }]);
  // It may not have its address yet.
  expect(here('10.5.0.1').networks).toMatchObject([{ server: '10.77.0.2' }]);
});

test.for([
  [undefined, [true, true]],
  [['eth1'], [true, false]],
  [['eth2'], [false, true]],
  [[], [false, false]],
] as const)('with DHCP on %j, networks on eth1 and by name on eth2 have it: %j', ([nics, has]) => {
  const rows = rowsOf(
    { net: '10.77.0.0', mask: '/24' },
    { net: '10.78.0.0', mask: '/24', dhcpserver: '10.78.0.1', mgtifname: '!remote!eth2' },
  );
  const interfaces = [{ interface: 'eth1', address: '10.77.0.1' }];
  const dhcpOn = nics && new Set(nics);
  expect(of(rows, { interfaces, dhcpOn }).networks.map(({ hasDhcp }) => hasDhcp)).toEqual(has);
});

test('a dry run says which columns of the rows change', () => {
  const network = parseNetwork({
    network: '10.77.0.0/24',
    server: ['10.77.0.1'],
    gateway: '10.77.0.9',
    network6: 'fd77::/64',
  });
  const row = { net: '10.77.0.0', mask: '255.255.255.0', dhcpserver: '10.77.0.1', mtu: '1400' };
  expect(rowChanges(rowsOf(row), network)).toEqual([
    'networks row net=10.77.0.0: gateway=10.77.0.9',
    'networks row net=fd77::: net=fd77::, mask=/64',
  ]);
  expect(rowChanges(withNetwork(rowsOf(row), network), network)).toEqual([
    'networks row net=10.77.0.0: unchanged',
    'networks row net=fd77::: unchanged',
  ]);
});
