import { describe, expect, test } from 'vitest';
import { type NetworkOptions, parseNetwork } from '../../../../mgmt/setup/network.ts';

const options: NetworkOptions = { network: '10.77.0.0/24', server: ['10.77.0.1'] };

test('a network is its address, its mask and the server in it', () => {
  const network = parseNetwork({
    network: '10.77.3.9/22',
    server: ['mn', '10.1.1.1', '10.77.1.1'],
  });
  expect(network).toMatchObject({
    cidr: '10.77.0.0/22',
    address: '10.77.0.0',
    netmask: '255.255.252.0',
    server: '10.77.1.1',
    serverNames: ['mn', '10.1.1.1', '10.77.1.1'],
  });
  expect(network.contains('10.77.3.255')).toBe(true);
  expect(network.contains('10.77.4.0')).toBe(false);
  expect(network.contains('fd00::1')).toBe(false);
});

test('a network may reach up to the last address', () => {
  const { cidr, netmask } = parseNetwork({ network: '255.255.255.9/8', server: ['255.0.0.1'] });
  expect([cidr, netmask]).toEqual(['255.0.0.0/8', '255.0.0.0']);
});

describe('refused is, naming the option', () => {
  test.for([
    ['--network', { network: '10.77.0.0' }],
    ['--network', { network: '10.77.0.0/33' }],
    ['--network', { network: '10.77.0.256/24' }],
    ['--network', { network: 'fd77::/64' }],
    ['--server', { server: ['10.78.0.1'] }],
    ['--server', { server: ['mn'] }],
    ['--server', { server: ['10.77.0.1', 'm n'] }],
    ['--interface', { interface: 'br0\nport=53' }],
    ['--range', { range: '10.77.0.50' }],
    ['--range', { range: '10.77.0.50-10.77.0.40' }],
    ['--range', { range: '10.77.0.50-10.78.0.60' }],
    ['--range', { range: '10.77.0.1-10.77.0.9' }],
    ['--domain', { domain: 'a b' }],
    ['--gateway', { gateway: '10.78.0.1' }],
    ['--nameserver', { nameserver: ['ns'] }],
    ['--network6', { network6: '10.0.0.0/8' }],
    ['--network6', { network6: 'fd77::/129' }],
  ] as const)('%s: %o', ([option, wrong]) => {
    expect(() => parseNetwork({ ...options, ...wrong })).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_USAGE',
        message: expect.stringContaining(option),
      }),
    );
  });
});
