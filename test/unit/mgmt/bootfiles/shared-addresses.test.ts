import { expect, test } from 'vitest';
import type { SettableNode } from '../../../../mgmt/bootfiles/plan.ts';
import { sharedAddresses } from '../../../../mgmt/bootfiles/shared-addresses.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const macOf = (number: number) => `52:54:00:77:00:${String(number).padStart(2, '0')}`;
const set = (number: number): SettableNode => ({
  node: `n${number}`,
  loader: 'xnba',
  mac: macOf(number),
  address: `10.77.0.${number}`,
  state: 'boot',
  files: [{ path: `xcat/xnba/nodes/n${number}`, content: '' }],
});

/** A cluster in which each of `count` nodes has a twin, x1 of n1. */
function twins(count: number) {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return clusterOf({
    nodelist: numbers.flatMap((number) => [{ node: `n${number}` }, { node: `x${number}` }]),
    mac: numbers.map((number) => ({ node: `x${number}`, mac: macOf(number).toUpperCase() })),
  });
}

test('who is set is told of others with the same address, but not of those set with it', () => {
  expect(sharedAddresses([set(1)], ['n1'], twins(2))).toEqual([
    '52:54:00:77:00:01 of n1 is an address of x1 too: who is set last boots; correct a mac or hosts row',
  ]);
  expect(sharedAddresses([set(1)], ['n1', 'x1'], twins(2))).toEqual([]);
});

test('many are counted', () => {
  const nodes = Array.from({ length: 14 }, (_, index) => set(index + 1));
  const warnings = sharedAddresses(
    nodes,
    nodes.map(({ node }) => node),
    twins(14),
  );
  expect(warnings).toHaveLength(11);
  expect(warnings.at(-1)).toBe('4 more addresses are of two nodes');
});

test('a node that loses its files has no address, nor one of which none is known', () => {
  const { mac, address, ...rest } = set(1);
  expect(sharedAddresses([{ ...rest, mac, address, files: [] }], ['n1'], twins(1))).toEqual([]);
  const unknown = { ...rest, mac: undefined, address: undefined };
  expect(sharedAddresses([unknown], ['n1'], twins(1))).toEqual([]);
});

test('values that are worked out for a node, or are no address, are not looked at', () => {
  const cluster = clusterOf({
    nodelist: ['n1', 'x1', 'x2', 'x3'].map((node) => ({ node })),
    mac: [
      { node: 'x1', mac: '|x(\\d+)|52:54:00:77:00:01|' },
      { node: 'x2', mac: '' },
      { node: 'x3', mac: 'unknown' },
    ],
    hosts: [{ node: 'x1', ip: '' }],
  });
  expect(sharedAddresses([set(1)], ['n1'], cluster)).toEqual([]);
});
