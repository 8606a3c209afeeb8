import { expect, test } from 'vitest';
import { networkWord } from '../../../../mgmt/bootfiles/network-word.ts';
import { value } from './kernel-values.ts';

test.for([
  { installnic: 'eth1', primarynic: 'eth2', nodebootif: 'eth3', word: 'netdev=eth1' },
  { installnic: '', primarynic: 'eth2', nodebootif: 'eth3', word: 'netdev=eth2' },
  { installnic: '', primarynic: '', nodebootif: 'eth3', word: 'netdev=eth3' },
  { installnic: 'mac', primarynic: 'eth2', nodebootif: 'eth3', word: 'netdev=eth3' },
  { installnic: 'mac', primarynic: '', nodebootif: '', word: undefined },
  { installnic: '', primarynic: '', nodebootif: '', word: undefined },
  {
    installnic: '52:54:00:77:00:01',
    primarynic: '',
    nodebootif: 'eth3',
    word: 'BOOTIF=52:54:00:77:00:01',
  },
])(
  'installnic "$installnic", primarynic "$primarynic", nodebootif "$nodebootif": $word',
  (given) => {
    const words = networkWord({
      installnic: value(given.installnic),
      primarynic: value(given.primarynic),
      nodebootif: value(given.nodebootif),
    });
    expect(words).toEqual(given.word === undefined ? [] : [given.word]);
  },
);

test('a loader that does not say which NIC it used has that said for it, unless a row names one', () => {
  const bootif = '52:54:00:77:00:01';
  const none = { installnic: value(''), primarynic: value(''), nodebootif: value(''), bootif };
  expect(networkWord(none)).toEqual([`BOOTIF=${bootif}`]);
  expect(networkWord({ ...none, installnic: value('mac') })).toEqual([`BOOTIF=${bootif}`]);
  expect(networkWord({ ...none, nodebootif: value('eth0') })).toEqual(['netdev=eth0']);
  const other = '52:54:00:77:00:99';
  expect(networkWord({ ...none, installnic: value(other) })).toEqual([`BOOTIF=${other}`]);
});
