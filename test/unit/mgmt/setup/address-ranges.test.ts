import { expect, test } from 'vitest';
import { addressRanges } from '../../../../mgmt/setup/address-ranges.ts';

const contains = (address: string) => /^10\.77\.0\.\d+$/u.test(address);
const of = (text: string) => {
  const { ranges, refused } = addressRanges(text, { contains, server: '10.77.0.1' });
  return [ranges.map(({ first, last }) => `${first}-${last}`.replaceAll('10.77.0.', '')), refused];
};

test.for([
  ['', []],
  ['10.77.0.100-10.77.0.120', ['100-120']],
  ['10.77.0.100,10.77.0.120', ['100-120']],
  ['10.77.0.100 10.77.0.120', ['100-120']],
  [' 10.77.0.100 - 10.77.0.120 ; ', ['100-120']],
  ['10.77.0.100-10.77.0.120;10.77.0.130,10.77.0.140', ['100-120', '130-140']],
  ['10.77.0.100-10.77.0.120,10.77.0.130-10.77.0.140', ['100-120', '130-140']],
  ['10.77.0.9-10.77.0.9', ['9-9']],
  ['10.77.0.9-10.77.0.10', ['9-10']],
  ['10.77.0.64/26', ['65-126']],
  ['10.77.0.70/26', ['65-126']],
] as const)('%j is %j', ([text, ranges]) => {
  expect(of(text)).toEqual([ranges, []]);
});

test.for([
  '10.77.0.100',
  '10.77.0.120-10.77.0.100',
  '10.77.0.100-10.78.0.100',
  '10.77.0.0-10.77.0.9',
  '10.77.0.0/24',
  '10.77.0.64/31',
  '10.78.0.64/26',
  'fd77::1-fd77::9',
  'any',
])('%j is no range of the network without the server', (text) => {
  expect(of(text)).toEqual([[], [text]]);
});

test('of two ranges that meet the first counts', () => {
  const [first, second] = ['10.77.0.100-10.77.0.120', '10.77.0.120-10.77.0.130'];
  expect(of(`${first};${second}`)).toEqual([['100-120'], [second]]);
  expect(of(`${first},${second}`)).toEqual([['100-120'], [second]]);
});
