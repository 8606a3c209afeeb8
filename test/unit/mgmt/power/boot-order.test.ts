import { describe, expect, test } from 'vitest';
import { firstBootDevice, withBootDevice } from '../../../../mgmt/power/boot-order.ts';
import { failure } from '../../../helpers/rows.ts';

function domain(...order: readonly string[]): string {
  const boots = order.map((dev) => `\n    <boot dev='${dev}'/>`).join('');
  return `<domain type='kvm'>
  <name>cn01</name>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>${boots}
  </os>
  <devices><disk/></devices>
</domain>
`;
}

test.for([
  ['net', ['hd'], ['network', 'hd']],
  ['hd', ['network', 'hd'], ['hd', 'network']],
  ['cd', ['network'], ['cdrom', 'network']],
  ['default', ['cdrom', 'network'], ['hd', 'network', 'cdrom']],
  ['net', [], ['network']],
  ['net', ['network', 'hd'], ['network', 'hd']],
] as const)('%s before %j is %j, and nothing else changes', ([device, before, after]) => {
  expect(withBootDevice(domain(...before), device)).toBe(domain(...after));
});

test.for([
  ['net', 'network'],
  ['hd', 'hd'],
  ['cd', 'cdrom'],
  ['default', 'fd'],
] as const)('the first device %s is read from %s', ([device, dev]) => {
  expect(firstBootDevice(domain(dev, 'hd'))).toBe(device);
});

test('a dollar sign in the XML stays one', () => {
  const xml = domain('hd').replace('hvm', () => '$& $1');
  expect(withBootDevice(xml, 'net')).toContain('$& $1');
});

/** Two disks, a CD drive and a network interface, in this order, each with its place if it has one. */
function withDevices(...orders: readonly (number | undefined)[]): string {
  const boot = (index: number) =>
    orders[index] === undefined ? '' : `\n      <boot order='${orders[index]}'/>`;
  return domain().replace(
    '<disk/>',
    `
    <disk type='file' device='disk'>
      <target dev='vda'/>${boot(0)}
    </disk>
    <disk type='file'>
      <target dev='vdb'/>${boot(1)}
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sda'/>${boot(2)}
    </disk>
    <interface type='user'>
      <model type='virtio'/>${boot(3)}
    </interface>
  `,
  );
}

const none = undefined;

describe('devices with an order of their own', () => {
  test.for([
    ['net', [1, 2, none, 3], [2, 3, none, 1]],
    ['net', [1, none, none, none], [2, none, none, 1]],
    ['cd', [1, none, none, 2], [2, none, 1, 3]],
    ['hd', [none, none, 1, 2], [1, none, 2, 3]],
    ['hd', [3, 1, none, 2], [2, 1, none, 3]],
    ['default', [none, 3, 1, 2], [none, 1, 3, 2]],
  ] as const)('%s before %j is %j', ([device, before, after]) => {
    expect(withBootDevice(withDevices(...before), device)).toBe(withDevices(...after));
  });

  test.for([
    ['hd', [2, 1, none, 3]],
    ['cd', [none, none, 1, 2]],
    ['net', [2, none, none, 1]],
  ] as const)('the first, %s, is read from %j', ([device, orders]) => {
    expect(firstBootDevice(withDevices(...orders))).toBe(device);
  });

  test('without the one that is asked for are refused', () => {
    const xml = withDevices(1).replaceAll('interface', 'sound');
    expect(() => withBootDevice(xml, 'net')).toThrow(
      failure('ERR_STATELITE_HARDWARE', 'no network interface'),
    );
  });
});

test('what is no domain is refused', () => {
  expect(() => withBootDevice('error: no domain', 'net')).toThrow(
    failure('ERR_STATELITE_HARDWARE', '<os>'),
  );
});
