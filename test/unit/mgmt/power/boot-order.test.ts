import { expect, test } from 'vitest';
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

test('devices with an order of their own are refused', () => {
  const xml = domain().replace('<disk/>', "<disk><boot order='1'/></disk>");
  expect(() => withBootDevice(xml, 'net')).toThrow(failure('ERR_STATELITE_HARDWARE', 'order'));
});

test('what is no domain is refused', () => {
  expect(() => withBootDevice('error: no domain', 'net')).toThrow(
    failure('ERR_STATELITE_HARDWARE', '<os>'),
  );
});
