import { describe, expect, test } from 'vitest';
import {
  type Lease,
  leaseOf,
  parseLease,
  renderResolvConf,
} from '../../../../agent/machine/lease.ts';

const lease: Lease = {
  interface: 'eth0',
  address: '10.0.0.7',
  netmask: '255.0.0.0',
  gateway: '10.0.0.254',
  hostname: 'cn01',
  domain: 'cluster',
  nameservers: ['10.0.0.1', '10.0.0.2'],
};

describe('a DHCP lease', () => {
  test('has what the script wrote', () => {
    const text = [
      'interface=eth0',
      'ip=10.0.0.7',
      'subnet=255.0.0.0',
      'mask=8',
      'router=10.0.0.254',
      'dns=10.0.0.1 10.0.0.2',
      'hostname=cn01',
      'domain=cluster',
      '',
    ].join('\n');
    expect(parseLease(text, 'eth0')).toEqual(lease);
  });

  test('without router, name servers and names has none', () => {
    expect(parseLease('ip=10.0.0.7\nsubnet=255.0.0.0\n', 'eth0')).toEqual({
      ...lease,
      gateway: '',
      hostname: '',
      domain: '',
      nameservers: [],
    });
  });

  test.for([
    ['ip=10.0.0.7', { netmask: '255.255.255.0' }],
    ['ip=10.0.0.7\nrouter=10.0.0.254 10.0.0.253', { gateway: '10.0.0.254' }],
    ['ip=10.0.0.7\ndomain=a=b', { domain: 'a=b' }],
    ['ip=10.0.0.7\nnonsense', { address: '10.0.0.7' }],
    ['', { address: '' }],
  ] as const)('%j', ([text, expected]) => {
    expect(parseLease(text, 'eth0')).toMatchObject(expected);
  });
});

test('ip= gives a lease without name servers, on the interface that was chosen', () => {
  const { address, netmask, gateway, hostname } = lease;
  expect(leaseOf({ address, netmask, gateway, hostname, device: '' }, 'eth0')).toEqual({
    ...lease,
    domain: '',
    nameservers: [],
  });
});

describe('resolv.conf', () => {
  test('has the domain and every name server', () => {
    expect(renderResolvConf(lease)).toBe(
      'search cluster\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n',
    );
  });

  test('needs no domain', () => {
    expect(renderResolvConf({ ...lease, domain: '' })).toBe(
      'nameserver 10.0.0.1\nnameserver 10.0.0.2\n',
    );
  });

  test('is nothing without name servers', () => {
    expect(renderResolvConf({ ...lease, nameservers: [] })).toBe('');
  });
});
