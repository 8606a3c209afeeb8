import { describe, expect, test } from 'vitest';
import { chooseInterfaces, type Interface } from '../../../../agent/machine/interfaces.ts';
import { failure } from '../../../helpers/rows.ts';

function nic(name: string, address: string, isDevice = true): Interface {
  return { name, address, isDevice };
}

const one = nic('eth0', '52:54:00:00:00:01');
const two = nic('eth1', '52:54:00:00:00:02');
const tunnel = nic('tunl0', '00:00:00:00', false);

describe('5.1 the interface to bring up', () => {
  test.for<[string, Interface[], string | undefined, string | undefined, string[]]>([
    ['netdev names it', [one, two], 'eth1', undefined, ['eth1']],
    ['netdev beats BOOTIF', [one, two], 'eth1', one.address, ['eth1']],
    ['BOOTIF finds it', [one, two], undefined, two.address, ['eth1']],
    [
      'BOOTIF helps where the kernel named it differently',
      [one, two],
      'em1',
      two.address,
      ['eth1'],
    ],
    ['all of them without a wish', [one, two], undefined, undefined, ['eth0', 'eth1']],
    ['but not tunnels', [tunnel, two], undefined, undefined, ['eth1']],
    ['unless there is nothing else', [tunnel], undefined, undefined, ['tunl0']],
    ['netdev may name anything', [tunnel, two], 'tunl0', undefined, ['tunl0']],
    [
      'the hardware below a bond with its address',
      [nic('bond0', one.address, false), one],
      undefined,
      one.address,
      ['eth0'],
    ],
  ])('%s', ([, interfaces, netdev, bootif, expected]) => {
    expect(chooseInterfaces(interfaces, netdev, bootif)).toEqual(expected);
  });

  test('one that is not there is named, with those that are', () => {
    const other = '52:54:00:00:00:99';
    expect(() => chooseInterfaces([one, two], undefined, other)).toThrow(
      failure('ERR_STATELITE_NETWORK', other),
    );
    expect(() => chooseInterfaces([one, two], undefined, other)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('eth0 52:54:00:00:00:01') }),
    );
    expect(() => chooseInterfaces([one], 'ib0', undefined)).toThrow(
      failure('ERR_STATELITE_NETWORK', 'named ib0'),
    );
  });

  test('none at all is a missing driver', () => {
    for (const interfaces of [[], [tunnel]]) {
      const refused = () => chooseInterfaces(interfaces, undefined, one.address);
      expect(refused).toThrow(failure('ERR_STATELITE_NETWORK', 'no network interface'));
      expect(refused).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('genimage -n') }),
      );
    }
  });
});
