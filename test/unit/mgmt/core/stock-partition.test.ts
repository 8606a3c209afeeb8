import { expect, test } from 'vitest';
import { partitionOf } from '../../../../mgmt/core/stock-partition.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const withFile = (partitionfile: string) =>
  clusterOf({
    nodelist: [{ node: 'n1' }, { node: 'n2' }],
    nodetype: [{ node: 'n1', provmethod: 'compute' }],
    linuximage: [{ imagename: 'compute', partitionfile }],
  });

test.for([
  ['/install/custom/partition', 'format', '/install/custom/partition'],
  ['s:/install/custom/partition', 'script', '/install/custom/partition'],
  // The prefix alone counts (mgmt QUIRK-78).
  ['/install/disks:/partition', 'format', '/install/disks:/partition'],
] as const)('%s is a %s', ([text, kind, path]) => {
  expect(partitionOf('n1', withFile(text))).toEqual({ image: 'compute', kind, path });
});

test('an image may have none', () => {
  expect(partitionOf('n1', withFile(''))).toBeUndefined();
});

test.for(['custom/partition', 's:', 's:partition'])('%s is no place of a file', (text) => {
  expect(() => partitionOf('n1', withFile(text))).toThrow(
    expect.objectContaining({ code: 'ERR_STATELITE_TABLE' }),
  );
});

test('a node without an image has no file', () => {
  expect(() => partitionOf('n2', withFile('/x'))).toThrow(
    expect.objectContaining({ code: 'ERR_STATELITE_NOT_FOUND' }),
  );
});
