import { describe, expect, test } from 'vitest';
import {
  parseDnsmasq,
  parseDnsmasqHosts,
  parseIsc,
  parseKea,
} from '../../../../mgmt/doctor/dhcp-config.ts';
import type { DhcpServer } from '../../../../mgmt/doctor/dhcp-server.ts';
import { type Expected, judgeDhcp } from '../../../../mgmt/doctor/dhcp.ts';
import { renderHostsFile } from '../../../../mgmt/setup/dnsmasq-hosts.ts';
import { renderDnsmasq } from '../../../../mgmt/setup/dnsmasq.ts';
import { renderKeaReservations } from '../../../../mgmt/setup/kea-reservations.ts';
import { renderKea } from '../../../../mgmt/setup/kea.ts';
import { parseNetwork } from '../../../../mgmt/setup/network.ts';

const mac = '52:54:00:00:00:01';
const script = 'http://10.0.0.1/tftpboot/boot.ipxe';
const reservation = { mac, address: '10.0.0.7', name: 'cn07' };

const network = parseNetwork({ network: '10.0.0.0/24', server: ['10.0.0.1'] });
const hosts = [{ node: 'cn07', mac, ip: '10.0.0.7', loader: 'pxe' as const }];
const url = () => 'http://10.0.0.1/tftpboot';

test('what setup writes for dnsmasq is read as it was meant', () => {
  const files = { leases: '/l', hosts: '/h', options: '/o', dns: '/d' };
  const text = renderDnsmasq({ networks: [network], tftpdir: '/tftpboot', files, url, dhcp: true });
  const { bootFiles } = parseDnsmasq(text);
  expect(bootFiles).toContain(script);
  expect(bootFiles).toContain('undionly.kpxe');
  expect(parseDnsmasqHosts(renderHostsFile(hosts)).reservations).toEqual([reservation]);
});

test('what setup writes for Kea is read as it was meant', () => {
  const reserved = renderKeaReservations(hosts, url());
  const text = renderKea({ networks: [network], reservations: () => '/r', url });
  const config = parseKea(text.replace('<?include "/r"?>', reserved));
  expect(config.reservations).toEqual([reservation]);
  expect(config.bootFiles).toEqual(expect.arrayContaining([script, 'undionly.kpxe']));
});

test('host declarations of dhcpd, in its configuration or its leases', () => {
  const text = `host cn07 {
  dynamic;
  hardware ethernet 52:54:0:0:0:1;
  fixed-address 10.0.0.7;
  supersede server.filename = "x";
}
filename "xcat/xnba.kpxe";
host gone { deleted; hardware ethernet 52:54:00:00:00:02; }
# host commented { hardware ethernet 52:54:00:00:00:03; }
`;
  expect(parseIsc(text)).toEqual({ reservations: [reservation], bootFiles: ['xcat/xnba.kpxe'] });
});

test('reservations of Kea, with comments and trailing commas', () => {
  const text = `{ // dhcp
  "Dhcp4": { "subnet4": [ { "boot-file-name": "http://x/a", # why
    "reservations": [ { "hw-address": "52:54:00:00:00:01", "ip-address": "10.0.0.7", "hostname": "cn07" }, ] } ] } }`;
  expect(parseKea(text)).toEqual({ reservations: [reservation], bootFiles: ['http://x/a'] });
});

const server: DhcpServer = {
  name: 'dnsmasq',
  pid: 9,
  files: ['/e/dnsmasq.conf'],
  config: { reservations: [reservation], bootFiles: [script] },
  changed: [],
  hidden: [],
};
const expected: Expected = {
  nodes: [{ node: 'cn07', mac, address: '10.0.0.7' }],
  scripts: [script],
  missing: [],
  start: 'dnsmasq --conf-file=/e/dnsmasq.conf',
};
const owner = { pid: 9, name: 'dnsmasq' };
const other = { ...reservation, mac: '52:54:00:00:00:02' };

test('a server that knows the nodes and what they boot is fine', () => {
  expect(judgeDhcp({ servers: [server], owner }, expected)).toMatchObject([{ level: 'ok' }]);
});

test.each<[string, Partial<DhcpServer>, Partial<Expected>, string, string]>([
  [
    'a MAC address it does not know',
    { config: { reservations: [other], bootFiles: [script] } },
    {},
    'fail',
    'MAC',
  ],
  [
    'another address',
    { config: { reservations: [{ ...reservation, address: '10.0.0.8' }], bootFiles: [script] } },
    {},
    'fail',
    'another address',
  ],
  [
    'another name',
    { config: { reservations: [{ ...reservation, name: 'cn08' }], bootFiles: [script] } },
    {},
    'fail',
    'another name',
  ],
  [
    'no boot file',
    { config: { reservations: [reservation], bootFiles: [] } },
    {},
    'fail',
    'no file to boot',
  ],
  [
    'a boot file that is not there',
    {},
    { missing: ['/tftpboot/undionly.kpxe'] },
    'fail',
    'undionly.kpxe, which is not there',
  ],
  [
    'the script of another server',
    {},
    { scripts: ['http://10.0.0.9/tftpboot/boot.ipxe'] },
    'warn',
    "the nodes' server",
  ],
  [
    'nodes that it may not read',
    { hidden: ['/e/generated'] },
    {},
    'fail',
    'may not read /e/generated',
  ],
  ['a configuration changed since', { changed: ['/e/dnsmasq.conf'] }, {}, 'warn', 'changed after'],
])('a server with %s', (_, part, want, level, message) => {
  const facts = { servers: [{ ...server, ...part }], owner };
  expect(judgeDhcp(facts, { ...expected, ...want })).toMatchObject([
    { level, message: expect.stringContaining(message), hint: expect.any(String) },
  ]);
});

test.each([
  ['none at all', undefined, 'warn'],
  ['somebody else', { pid: 5, name: 'udhcpd' }, 'note'],
])('no server that is known, but %s on the port', (_, by, level) => {
  expect(judgeDhcp({ servers: [], owner: by }, expected)).toMatchObject([{ level }]);
});

test('without a server here, loaders that nodes may be told are missed all the same', () => {
  const missing = ['/tftpboot/pxelinux.0'];
  expect(judgeDhcp({ servers: [], owner: undefined }, { ...expected, missing })).toMatchObject([
    { level: 'warn', message: expect.stringContaining('no DHCP server runs') },
    {
      level: 'fail',
      message: 'nodes boot /tftpboot/pxelinux.0, which is not there',
      hint: expect.stringContaining('statelite setup'),
    },
  ]);
});

test('a server that does not listen is a failure', () => {
  const findings = judgeDhcp({ servers: [server], owner: undefined }, expected);
  expect(findings).toMatchObject([{ level: 'fail', hint: expect.stringContaining('dnsmasq') }]);
});

describe("where the site keeps ISC's server", () => {
  const isc: Expected = { ...expected, start: undefined };

  test('none on this machine is nothing to mend', () => {
    expect(judgeDhcp({ servers: [], owner: undefined }, isc)).toMatchObject([{ level: 'note' }]);
  });

  test('files that it names and nobody has are no failure', () => {
    const servers = [{ ...server, name: 'dhcpd' as const }];
    const missing = ['/tftpboot/elilo.efi'];
    expect(judgeDhcp({ servers, owner }, { ...isc, missing })).toMatchObject([
      { level: 'note', message: 'dhcpd lets nodes boot /tftpboot/elilo.efi, which is not there' },
    ]);
  });

  test.for([
    { reservations: [other], bootFiles: [script] },
    { reservations: [{ ...reservation, address: '10.0.0.8' }], bootFiles: [script] },
    { reservations: [{ ...reservation, name: 'cn08' }], bootFiles: [script] },
    { reservations: [reservation], bootFiles: [] },
  ])('nobody is sent to our makedhcp, which refuses: %j', (config) => {
    const servers = [{ ...server, name: 'dhcpd' as const, config }];
    const findings = judgeDhcp({ servers, owner }, isc);
    expect(findings).toMatchObject([{ level: 'fail' }]);
    expect(findings[0]?.hint).toContain("as xCAT's own makedhcp does");
    expect(findings[0]?.hint).not.toMatch(/makedhcp (?:-|cn)/u);
  });
});
