import { describe, expect, test } from 'vitest';
import {
  addressFileName,
  bootMac,
  macFileName,
  macIn,
} from '../../../../mgmt/bootfiles/boot-mac.ts';

describe('the boot MAC', () => {
  test.for([
    ['52:54:00:77:00:01', 'the only one'],
    ['52-54-00-77-00-01', 'written with dashes'],
    ['5254.0077.0001', 'written with dots'],
    ['525400770001!n1', "the one with the node's name"],
    ['00:00:00:00:00:02!n1-ib|52:54:00:77:00:01', 'the one without a host'],
    ['52:54:00:77:00:01!n1-eth1|00:00:00:00:00:02!n1-ib', 'the first, if all have other hosts'],
    ['00:00:00:00:00:02!*NOIP*|52:54:00:77:00:01!n1-x', 'never one without an address'],
  ] as const)('of %s is %s', ([column]) => {
    expect(bootMac(column, 'n1')).toBe('52:54:00:77:00:01');
    expect(macIn(column, 'n1')).toBe('52:54:00:77:00:01');
  });

  test.for([undefined, '', ' | ', '52:54:00:77:00:01!*NOIP*'])('is missing in %j', (column) => {
    expect(() => bootMac(column, 'n1')).toThrow('No MAC address available for this node');
    expect(macIn(column, 'n1')).toBeUndefined();
  });

  test.for(['eth0', '52:54:00:77:00', '52:54:00:77:00:0g'])('%s is none', (column) => {
    expect(() => bootMac(column, 'n1')).toThrow(/mac row of n1: .* is no MAC address/);
    expect(macIn(column, 'n1')).toBeUndefined();
  });
});

test('pxelinux asks for names made of addresses', () => {
  expect(macFileName('52:54:00:77:00:01')).toBe('01-52-54-00-77-00-01');
  expect(addressFileName('10.99.1.200')).toBe('0A6301C8');
  expect(addressFileName('fd77::1')).toBeUndefined();
});
