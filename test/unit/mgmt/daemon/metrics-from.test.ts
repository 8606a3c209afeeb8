import { expect, test } from 'vitest';
import { parseMetricsFrom } from '../../../../mgmt/daemon/metrics-from.ts';

test.for([
  [undefined, '127.0.0.1', true],
  [undefined, '::ffff:127.0.0.1', true],
  [undefined, '::1', true],
  [undefined, '10.0.0.5', false],
  ['10.0.0.5, 10.1.0.0/16', '10.0.0.5', true],
  ['10.0.0.5, 10.1.0.0/16', '::ffff:10.1.2.3', true],
  ['10.0.0.5, 10.1.0.0/16', '10.2.0.1', false],
  ['10.0.0.5', '127.0.0.1', false],
  ['fd00::/8', 'fd12::1', true],
  ['fd00::/8', '10.0.0.5', false],
  ['0.0.0.0/0', '10.0.0.5', true],
  ['', '127.0.0.1', false],
  ['10.0.0.5', 'a closed connection', false],
] as const)('site.metricsfrom %j lets %s in: %j', ([value, address, expected]) => {
  expect(parseMetricsFrom(value).includes(address)).toBe(expected);
});

test('words that are neither address nor network let nobody in', () => {
  const from = parseMetricsFrom('prometheus,10.0.0.0/33,10.0.0.0/8/8,10.0.0.1/,::/129,10.0.0.7');
  expect(from.unknown).toEqual([
    'prometheus',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.1/',
    '::/129',
  ]);
  expect([from.includes('10.0.0.1'), from.includes('10.0.0.7')]).toEqual([false, true]);
});
