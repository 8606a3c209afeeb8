import { expect, test } from 'vitest';
import { parseNetwork } from '../../../../mgmt/setup/network.ts';
import { otherHosts, type OtherHostsInput } from '../../../../mgmt/setup/other-hosts.ts';

const network = parseNetwork({
  network: '10.77.0.0/24',
  server: ['10.77.0.1'],
  domain: 'c.example',
});
const of = (hosts: string, more: Partial<OtherHostsInput> = {}) =>
  otherHosts({
    hosts,
    lines: ['10.77.0.11 n1.c.example n1 login', '10.99.0.11 n1-bmc # n1'],
    networks: [network],
    hostname: 'mn',
    ...more,
  }).map(({ address, names }) => `${address} ${names.join(' ')}`);
const own = '10.77.0.1 mn.c.example mn';
const long = 'x'.repeat(64);

test.for([
  ['10.77.0.9 nas', ['10.77.0.9 nas.c.example nas', own]],
  ['10.77.0.9\tnas.x.example nas # disks', ['10.77.0.9 nas.x.example nas.c.example nas', own]],
  ['10.77.0.1 mn.c.example mn head', ['10.77.0.1 mn.c.example head.c.example mn head']],
  ['10.77.0.1 head', ['10.77.0.1 head.c.example head', own]],
  ['127.0.1.1 mn\n127.0.0.1 localhost\n::1 ip6-localhost', [own]],
  ['10.99.0.1 far', [own]],
  ['10.77.0.9 nas NAS\n10.77.0.8 nas', ['10.77.0.9 nas.c.example nas', own]],
  ['10.77.0.9 a,b=c\n10.77.0.8 localhost\n10.77.0.7\nrubbish\n10.77.0.6 10.77.0.6', [own]],
  [`10.77.0.9 ${long} nas\n10.77.0.8 a.${long}`, ['10.77.0.9 nas.c.example nas', own]],
] as const)('%j leads to %j', ([hosts, wanted]) => {
  expect(of(hosts)).toEqual(wanted);
});

test.for([
  ['its line of another makehosts', '10.77.0.11 n1 n1.c.example'],
  ['an alias at its address', '10.77.0.11 n1 n1.c.example door'],
  ['its name at another address', '10.77.0.12 n1'],
  ['its alias at another address', '10.77.0.12 LOGIN.c.example login'],
  ["its other interface's name", '10.77.0.12 n1-bmc'],
] as const)("a node's own records stand against %s", ([, hosts]) => {
  expect(of(hosts)).toEqual([own]);
});

test('names of nodes that are gone stay, as long as no node has their address', () => {
  const hosts = '10.77.0.12 n2 n2.c.example\n10.77.0.11 n3 n3.c.example';
  expect(of(hosts)).toEqual(['10.77.0.12 n2.c.example n2', own]);
});

test('this machine is known whether it is a node without an address, or one with a name of its own', () => {
  expect(of('10.77.0.1 mn.c.example mn', { lines: [] })).toEqual([own]);
  expect(of('10.77.0.1 head', { lines: ['10.77.0.1 head.c.example head'] })).toEqual([own]);
  expect(of('', { lines: ['10.77.0.1 mn.c.example mn'] })).toEqual([]);
});

test('without a domain names are short, and without a network there are none', () => {
  const bare = parseNetwork({ network: '10.77.0.0/24', server: ['10.77.0.1'] });
  expect(of('10.77.0.9 nas', { networks: [bare] })).toEqual(['10.77.0.9 nas', '10.77.0.1 mn']);
  expect(of('10.77.0.9 nas', { networks: [] })).toEqual([]);
});

test.for([
  [undefined, own],
  ['mn.c.example', own],
  ['10.99.0.1', own],
  ['10.78.0.7', '10.78.0.1 mn.d.example mn'],
] as const)('with site.master=%s this machine is %s', ([master, wanted]) => {
  const second = parseNetwork({
    network: '10.78.0.0/24',
    server: ['10.78.0.1'],
    domain: 'd.example',
  });
  expect(of('', { master, networks: [network, second] })).toEqual([wanted]);
});

test('a machine that has its domain in its name is known by the short one too', () => {
  expect(of('', { hostname: 'mn.c.example' })).toEqual([own]);
  expect(of('', { hostname: 'mn.d.example' })).toEqual(['10.77.0.1 mn.d.example mn.c.example mn']);
});

test('a machine whose name DNS cannot have has none', () => {
  expect(of('', { hostname: long })).toEqual([]);
});
