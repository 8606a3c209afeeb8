import { describe, expect, test } from 'vitest';
import { parseLease } from '../../../../agent/machine/lease.ts';
import { nodeName, refuseNameless } from '../../../../agent/machine/name.ts';
import { failure } from '../../../helpers/rows.ts';

const leaseFor = (hostname: string) => parseLease(`hostname=${hostname}`, 'eth0');

describe('5.2 the name of a node', () => {
  test.for([
    ['cn01', 'other', 'cn01'],
    ['cn01.cluster.site', '', 'cn01'],
    [undefined, 'cn02', 'cn02'],
    [undefined, 'cn02.cluster', 'cn02'],
    [undefined, 'CN_02-a', 'CN_02-a'],
    [undefined, '', undefined],
    [undefined, 'localhost', undefined],
    [undefined, 'localhost.localdomain', undefined],
    ['localhost', 'cn02', undefined],
    ['(none)', '', undefined],
    ['../other', '', undefined],
  ] as const)('NODE=%s and DHCP "%s": %s', ([node, hostname, expected]) => {
    expect(nodeName(node, leaseFor(hostname))).toBe(expected);
  });

  test.for(['a/b', '-a', '_a', 'a b', 'ä', 'a'.repeat(64)])('"%s" is refused', (name) => {
    const expected = failure('ERR_STATELITE_NODE_NAME', JSON.stringify(name));
    expect(() => nodeName(name, leaseFor(''))).toThrow(expected);
    expect(() => nodeName(undefined, leaseFor(name))).toThrow(expected);
  });

  test('a node that keeps something and has no name is refused', () => {
    expect(refuseNameless).toThrow(failure('ERR_STATELITE_NODE_NAME', 'has no name'));
  });
});
