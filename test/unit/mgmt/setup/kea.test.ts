import { describe, expect, test } from 'vitest';
import type { BootHost } from '../../../../mgmt/setup/boot-hosts.ts';
import {
  parseHostsFile,
  renderHostsFile,
  renderOptionsFile,
} from '../../../../mgmt/setup/dnsmasq-hosts.ts';
import {
  parseKeaReservations,
  renderKeaReservations,
} from '../../../../mgmt/setup/kea-reservations.ts';
import { renderKea } from '../../../../mgmt/setup/kea.ts';
import { type BootNetwork, parseNetwork } from '../../../../mgmt/setup/network.ts';

const url = ({ server }: BootNetwork) => `http://${server}/tftpboot`;
const network = (third: number, nic?: string) =>
  parseNetwork({ network: `10.${third}.0.0/24`, server: [`10.${third}.0.1`], interface: nic });

interface Dhcp4 {
  readonly 'client-classes': unknown;
  readonly subnet4: readonly { readonly id: number; readonly subnet: string }[];
}

/** The configuration as JSON, with a name where a file is included. */
function render(networks: BootNetwork[], lease?: number) {
  const text = renderKea({ networks, reservations: ({ cidr }) => `/r/${cidr}`, url, lease });
  const json = text.replace(/^\/\/.*$/gmu, '').replaceAll(/<\?include ("[^"]+")\?>/gu, '$1');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as renderKea writes it
  return (JSON.parse(json) as { Dhcp4: Dhcp4 }).Dhcp4;
}

const hosts = (['xnba', 'pxe', 'grub2', 'yaboot', 'petitboot'] as const).map(
  (loader, index): BootHost => ({
    node: `n${index}`,
    mac: `52:54:00:77:00:0${index}`,
    ip: `10.77.0.1${index}`,
    loader,
  }),
);

describe('reservations are read as they were written', () => {
  test('for dnsmasq', () => {
    expect(parseHostsFile(renderHostsFile(hosts))).toEqual(hosts);
  });

  test('for Kea', () => {
    const again = (some: typeof hosts) =>
      parseKeaReservations(renderKeaReservations(some, 'http://x'), '/k.json');
    expect(again(hosts)).toEqual(hosts);
    expect(again([])).toEqual([]);
  });
});

test('only petitboot is told where its configuration is', () => {
  const lines = renderOptionsFile(hosts, () => 'http://x/tftpboot')
    .split('\n')
    .slice(1, -1);
  expect(lines).toEqual(['tag:node-n4,209,"http://x/tftpboot/petitboot/n4"']);
  expect(renderKeaReservations(hosts, 'http://x/tftpboot').match(/conf-file/gu)).toHaveLength(1);
});

test('a network of Kea has its options, its addresses and its reservations', () => {
  const given = parseNetwork({
    network: '10.77.0.0/24',
    server: ['10.77.0.1'],
    interface: 'br0',
    range: '10.77.0.100-10.77.0.199',
    gateway: '10.77.0.254',
    nameserver: ['9.9.9.9', '10.77.0.2'],
    domain: 'c.example',
  });
  expect(render([given], 600)).toMatchObject({
    'interfaces-config': { interfaces: ['br0/10.77.0.1'] },
    'valid-lifetime': 600,
    'match-client-id': false,
    subnet4: [
      {
        subnet: '10.77.0.0/24',
        interface: 'br0',
        'next-server': '10.77.0.1',
        pools: [{ pool: '10.77.0.100 - 10.77.0.199' }],
        'option-data': [
          { name: 'routers', data: '10.77.0.254' },
          { name: 'domain-name-servers', data: '9.9.9.9, 10.77.0.2' },
          { name: 'domain-name', data: 'c.example' },
        ],
        reservations: '/r/10.77.0.0/24',
      },
    ],
  });
});

/** The class that names the first iPXE script of a network. */
const script = (third: number, nic: string) =>
  expect.objectContaining({
    test: expect.stringMatching(new RegExp(`pkt\\.iface == '${nic}'$`, 'u')),
    'boot-file-name': `http://10.${third}.0.1/tftpboot/boot.ipxe`,
  });

/** The number of 10.78.0.0/24. */
const idOf = (networks: BootNetwork[]) =>
  render(networks).subnet4.find(({ subnet }) => subnet === '10.78.0.0/24')?.id;

test("of several networks, a machine gets the URL of its own network's server", () => {
  const { 'client-classes': classes, subnet4 } = render([network(77, 'br0'), network(78, 'br1')]);
  expect(classes).toEqual(expect.arrayContaining([script(77, 'br0'), script(78, 'br1')]));
  const ids = new Set(subnet4.map(({ id }) => id));
  expect(ids.size).toBe(2);
});

test('a network keeps its number when another one comes before it', () => {
  expect(idOf([network(78)])).toBe(idOf([network(77), network(78)]));
});

test('a line of reservations that somebody has broken is named', () => {
  expect(() => parseKeaReservations('[\n{"hostname": "n1",\n]\n', '/k.json')).toThrow(
    expect.objectContaining({
      code: 'ERR_STATELITE_SETUP',
      message: '/k.json, line 2 is no JSON',
      hint: expect.stringContaining('makedhcp -a'),
    }),
  );
});
