import { describe, expect, test } from 'vitest';
import { createAddressBook, normalAddress } from '../../../../mgmt/daemon/address-book.ts';

const book = (...rows: [node: string, ip: string | null, otherinterfaces?: string][]) =>
  createAddressBook(
    rows.map(([node, ip, others]) => ({ node, ip, otherinterfaces: others ?? null })),
    new Set(['n1', 'n2', 'n3']),
  );

describe('an address', () => {
  test.for([
    ['10.0.0.5', '10.0.0.5'],
    ['::ffff:10.0.0.5', '10.0.0.5'],
    ['::FFFF:10.0.0.5', '10.0.0.5'],
    ['::ffff:a00:5', '10.0.0.5'],
    ['FD00:0:0::5', 'fd00::5'],
    ['fe80::1%eth0', 'fe80::1'],
    [' 10.0.0.5 ', '10.0.0.5'],
    ['n1', undefined],
    ['|n(\\d+)|10.0.0.($1)|', undefined],
    ['', undefined],
  ] as const)('"%s" is %s', ([text, expected]) => {
    expect(normalAddress(text)).toBe(expected);
  });
});

describe('who is asking', () => {
  test('a node is known by its address, however the socket spells it', () => {
    const { identify } = book(['n1', '10.0.0.1'], ['n2', 'fd00::2']);
    expect(identify('10.0.0.1')).toBe('n1');
    expect(identify('::ffff:10.0.0.1')).toBe('n1');
    expect(identify('fd00:0::2')).toBe('n2');
    expect(identify('10.0.0.2')).toBeUndefined();
    expect(identify('a closed connection')).toBeUndefined();
  });

  test('a node is known by the addresses of its other interfaces', () => {
    const { identify } = book(['n1', '10.0.0.1', '-eth1:10.0.1.1,ib0:10.0.2.1|10.0.3.1,x:fd00::1']);
    for (const address of ['10.0.1.1', '10.0.2.1', '10.0.3.1', 'fd00::1']) {
      expect(identify(address)).toBe('n1');
    }
  });

  test('an address that two nodes claim is nobody, and is named', () => {
    const { identify, ambiguous } = book(['n1', '10.0.0.1'], ['n2', null, 'ib0:10.0.0.1']);
    expect(identify('10.0.0.1')).toBeUndefined();
    expect(ambiguous).toEqual([{ address: '10.0.0.1', nodes: ['n1', 'n2'] }]);
  });

  test('rows of groups and of nodes that are gone count for nothing', () => {
    const { identify } = book(['compute', '10.0.0.9'], ['n1', null]);
    expect(identify('10.0.0.9')).toBeUndefined();
  });
});
