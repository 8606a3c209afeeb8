import { expect, test } from 'vitest';
import { renderDnsmasq } from '../../../../mgmt/setup/dnsmasq.ts';
import {
  type BootNetwork,
  type NetworkOptions,
  parseNetwork,
} from '../../../../mgmt/setup/network.ts';

const input = (...options: Partial<NetworkOptions>[]) => ({
  networks: options.map((one) =>
    parseNetwork({ network: '10.77.0.0/24', server: ['10.77.0.1'], ...one }),
  ),
  tftpdir: '/tftpboot',
  files: { leases: '/v/leases', hosts: '/e/hosts', options: '/e/options', dns: '/e/dns' },
  url: ({ server }: BootNetwork) => `http://${server}/tftpboot`,
  dhcp: true,
});
const render = (options: Partial<NetworkOptions> = {}) => renderDnsmasq(input(options));

const settings = (text: string) =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('the configuration of a network, everything given', () => {
  const text = render({
    interface: 'br0',
    range: '10.77.0.50-10.77.0.150',
    domain: 'cluster.example',
    gateway: '10.77.0.254',
    nameserver: ['10.77.0.2', '9.9.9.9'],
    network6: 'fd77::/64',
  });
  const lines = settings(text);
  expect(lines.slice(0, lines.indexOf('tftp-root=/tftpboot') + 1)).toEqual([
    'conf-file=/e/dns',
    'interface=br0',
    'except-interface=lo',
    'bind-dynamic',
    'dhcp-range=10.77.0.50,10.77.0.150,255.255.255.0,12h',
    'domain=cluster.example',
    'dhcp-option=option:router,10.77.0.254',
    'dhcp-option=option:dns-server,10.77.0.2,9.9.9.9',
    'enable-ra',
    'dhcp-range=fd77::,ra-only,64,1h',
    'dhcp-authoritative',
    'no-ping',
    'dhcp-leasefile=/v/leases',
    'dhcp-hostsfile=/e/hosts',
    'dhcp-optsfile=/e/options',
    'enable-tftp',
    'tftp-root=/tftpboot',
  ]);
});

test('a network without DHCP has TFTP, and no range of addresses', () => {
  const both = input({}, { network: '10.78.0.0/24', server: ['10.78.0.1'], domain: 'x.example' });
  const networks = both.networks.map((one, index) => ({ ...one, hasDhcp: index === 0 }));
  const text = renderDnsmasq({ ...both, networks });
  expect(settings(text).filter((line) => /10\.78|x\.example/u.test(line))).toEqual([
    'listen-address=10.78.0.1',
  ]);
  const none = settings(
    renderDnsmasq({ ...both, networks: networks.map((one) => ({ ...one, hasDhcp: false })) }),
  );
  expect(none.filter((line) => line.startsWith('dhcp'))).toEqual([]);
  expect(none).toContain('enable-tftp');
});

test('every firmware has a tag, and every tag what it boots', () => {
  const lines = settings(render());
  const tags = lines.flatMap((line) => /^dhcp-match=set:(\w+),/.exec(line)?.[1] ?? []);
  const boots = lines.filter((line) => line.startsWith('dhcp-boot='));
  for (const tag of new Set(tags)) {
    if (tag === 'opal') continue; // petitboot asks for option 209
    expect(boots.filter((line) => line.includes(`tag:${tag},`))).not.toEqual([]);
  }
  expect(boots).toContain('dhcp-boot=tag:pxe,tag:bios,pxelinux.0');
  expect(boots).toContain(
    'dhcp-boot=tag:!pxe,tag:bios,tag:ipxe,http://10.77.0.1/tftpboot/boot.ipxe',
  );
  expect(lines).toContain('dhcp-option-force=tag:http64,60,HTTPClient');
});

test('of several networks, each has its own options and URLs', () => {
  const lines = settings(
    renderDnsmasq(input({ interface: 'br0', domain: 'a.example', gateway: '10.77.0.254' }, second)),
  );
  expect(lines).toEqual(
    expect.arrayContaining([
      'interface=br0',
      'listen-address=10.78.0.1',
      'dhcp-range=set:net0,10.77.0.0,static,255.255.255.0,12h',
      'dhcp-range=set:net1,10.78.0.50,10.78.0.60,255.255.255.0,12h',
      'domain=a.example,10.77.0.0/24',
      'dhcp-option=tag:net0,option:router,10.77.0.254',
      'dhcp-boot=tag:net1,tag:!pxe,tag:bios,tag:ipxe,http://10.78.0.1/tftpboot/boot.ipxe',
    ]),
  );
});

test('time servers and the size of packets are told where the network has them', () => {
  const lines = settings(
    renderDnsmasq(input({ ntpserver: ['10.77.0.1', '9.9.9.9'], mtu: '9000' })),
  );
  expect(lines).toContain('dhcp-option=option:ntp-server,10.77.0.1,9.9.9.9');
  expect(lines).toContain('dhcp-option=option:mtu,9000');
  expect(settings(render()).filter((line) => /ntp|mtu/u.test(line))).toEqual([]);
});

const second = { network: '10.78.0.0/24', server: ['10.78.0.1'], range: '10.78.0.50-10.78.0.60' };

test('beside another DHCP server it is for TFTP only', () => {
  const lines = settings(renderDnsmasq({ ...input({}), dhcp: false }));
  expect(lines.filter((line) => line.startsWith('dhcp'))).toEqual([]);
  expect(lines).toContain('tftp-root=/tftpboot');
});

test('the lease is as long as the site says', () => {
  expect(renderDnsmasq({ ...input({}), lease: 600 })).toContain(',255.255.255.0,600\n');
});

test('without options only known machines are answered, on the address of the server', () => {
  const text = settings(render());
  expect(text).toContain('listen-address=10.77.0.1');
  expect(text).toContain('dhcp-range=10.77.0.0,static,255.255.255.0,12h');
  expect(text).toContain('dhcp-option=option:router');
  expect(text.filter((line) => /^(interface|domain|enable-ra)/.test(line))).toEqual([]);
});
