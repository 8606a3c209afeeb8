import { describe, expect, test } from 'vitest';
import { dhcpBackend, isDhcpKept, leaseTime } from '../../../../mgmt/setup/dhcp-backend.ts';
import {
  forwardersOf,
  parseNames,
  refuseOtherDns,
  renderDns,
  renderNames,
} from '../../../../mgmt/setup/dns.ts';

const site = (values: Readonly<Record<string, string>>) => ({ get: (key: string) => values[key] });

test('names are read as they were written', () => {
  const lines = ['10.77.0.11 n1 n1.c.example', '10.1.0.12 n2-ib0 # n2'];
  expect(parseNames(renderNames(lines))).toEqual(lines);
});

test('dnsmasq answers for the nodes, and asks only whom the site names', () => {
  const text = renderDns({
    names: '/e/names',
    domains: ['c.example'],
    others: [{ address: '10.77.0.1', names: ['mn.c.example', 'mn'] }],
    forwarders: ['9.9.9.9'],
  });
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'port=53',
    'no-hosts',
    'addn-hosts=/e/names',
    'local=/c.example/',
    'host-record=mn.c.example,mn,10.77.0.1',
    'domain-needed',
    'bogus-priv',
    'no-resolv',
    'server=9.9.9.9',
    '',
  ]);
});

test('digits alone are a name, no time', () => {
  const others = [{ address: '10.77.0.9', names: ['7.c.example', '7', '7a'] }];
  const text = renderDns({ names: '/e/names', domains: [], others, forwarders: [] });
  expect(text).toContain('\nhost-record=7.c.example,7.,7a,10.77.0.9\n');
});

test('a forwarder is an address; words that are none are known', () => {
  const forwarders = '9.9.9.9, fd77::1, dns.example, face, 1.1.1.1\nport=1';
  expect(forwardersOf(site({ forwarders }))).toEqual({
    addresses: ['9.9.9.9', 'fd77::1'],
    others: ['dns.example', 'face', '1.1.1.1\nport=1'],
  });
});

test('names in another DNS are not ours to write', () => {
  expect(() => refuseOtherDns(site({ dnshandler: 'ddns' }))).toThrow(
    expect.objectContaining({
      code: 'ERR_STATELITE_SETUP',
      hint: expect.stringContaining('chtab key=dnshandler site.value=dnsmasq'),
    }),
  );
  expect(() => refuseOtherDns(site({ dnshandler: 'dnsmasq' }))).not.toThrow();
  expect(() => refuseOtherDns(site({}))).not.toThrow();
});

describe('site.dhcpbackend', () => {
  test.for([
    [{}, 'dnsmasq'],
    [{ dhcpbackend: 'auto' }, 'dnsmasq'],
    [{ dhcpbackend: 'Kea' }, 'kea'],
  ] as const)('%o', ([values, backend]) => {
    expect(dhcpBackend(site(values))).toBe(backend);
  });

  test('isc is refused', () => {
    expect(() => dhcpBackend(site({ dhcpbackend: 'isc' }))).toThrow(
      expect.objectContaining({ code: 'ERR_STATELITE_SETUP' }),
    );
  });
});

test('site.dhcplease is seconds', () => {
  expect(leaseTime(site({ dhcplease: '43200' }))).toBe(43_200);
  expect(leaseTime(site({ dhcplease: '' }))).toBeUndefined();
});

test.for(['60', '12h', '-1', '99999999999'])('site.dhcplease %s is refused', (dhcplease) => {
  expect(() => leaseTime(site({ dhcplease }))).toThrow(/dhcplease: .* is no time/u);
});

test.for([
  ['n', false],
  ['NO', false],
  ['0', false],
  ['on', true],
  ['10', true],
] as const)('site.dhcpsetup %s is a word, not a letter somewhere', ([dhcpsetup, kept]) => {
  expect(isDhcpKept(site({ dhcpsetup }))).toBe(kept);
});
