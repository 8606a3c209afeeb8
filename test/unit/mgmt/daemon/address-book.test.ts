import { describe, expect, test } from 'vitest';
import {
  addressOrigin,
  createAddressBook,
  normalAddress,
} from '../../../../mgmt/daemon/address-book.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const nodelist = ['n1', 'n2', 'n3'].map((node) => ({ node, groups: 'compute,all' }));

const book = (...rows: [node: string, ip: string, otherinterfaces?: string][]) =>
  createAddressBook(
    clusterOf({
      nodelist,
      hosts: rows.map(([node, ip, otherinterfaces = '']) => ({ node, ip, otherinterfaces })),
    }),
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

  test.for([
    ['-eth1:10.0.1.1', '10.0.1.1'],
    ['-ib0:fd00::9', 'fd00::9'],
    ['n1-ib0:10.0.1.1', '10.0.1.1'],
    ['tod1:10.0.1.1', '10.0.1.1'],
    [' -eth1 : 10.0.1.1 , -ib0: 10.0.1.2 ', '10.0.1.1'],
    ['10.0.1.1', '10.0.1.1'],
    ['fd00::9', 'fd00::9'],
    ['::ffff:10.0.1.1', '10.0.1.1'],
    ['-eth1:fe80::1%eth1', 'fe80::1'],
  ] as const)('the other interface "%s" is %s', ([otherinterfaces, address]) => {
    expect(book(['n1', '', otherinterfaces]).identify(address)).toBe('n1');
  });

  test.for(['-eth1:', 'ib0', '-eth1:n1', ':', '-eth1:10.0.1.1.1', '-eth1:10.0.1.1/24'])(
    'the other interface "%s" is none',
    (otherinterfaces) => {
      const { identify } = book(['n1', '10.0.0.1', otherinterfaces]);
      expect(['10.0.1.1', '::', 'n1', '', '10.0.0.1'].map(identify)).toEqual([
        ...Array<undefined>(4),
        'n1',
      ]);
    },
  );

  test('a row for the name of an interface speaks for its node', () => {
    const { identify } = book(['n1-ib0', '10.0.2.1'], ['n2-eth1', '', 'x:10.0.2.2']);
    expect(['10.0.2.1', '10.0.2.2'].map(identify)).toEqual(['n1', 'n2']);
  });

  test.for(['n4-ib0', 'n1-bmc', 'n1-ib', 'n1ib0', '-ib0'])(
    'a row for %s speaks for nobody',
    (name) => {
      expect(book([name, '10.0.2.1']).identify('10.0.2.1')).toBeUndefined();
    },
  );

  test('a name that is a node or a group itself is no interface of another', () => {
    const { identify } = createAddressBook(
      clusterOf({
        nodelist: [{ node: 'n1' }, { node: 'n1-eth1', groups: 'n1-eth2' }],
        hosts: [
          { node: 'n1-eth1', ip: '10.0.2.1' },
          { node: 'n1-eth2', otherinterfaces: 'x:10.0.2.2' },
        ],
      }),
    );
    expect(['10.0.2.1', '10.0.2.2'].map(identify)).toEqual(['n1-eth1', 'n1-eth1']);
  });

  test('an address that two nodes claim is nobody, and is named', () => {
    const { identify, ambiguous } = book(['n1', '10.0.0.1'], ['n2', '', 'ib0:10.0.0.1']);
    expect(identify('10.0.0.1')).toBeUndefined();
    expect(ambiguous).toEqual([{ address: '10.0.0.1', nodes: ['n1', 'n2'] }]);
  });

  test('rows of nodes that are gone count for nothing', () => {
    const { identify } = book(['n4', '10.0.0.9'], ['n1', '']);
    expect(identify('10.0.0.9')).toBeUndefined();
  });

  test('the row of a group gives each of its nodes an address, a row of its own comes first', () => {
    const { identify, ambiguous, problems } = book(
      ['compute', '|n(\\d+)|10.0.0.($1+10)|', '|\\D+(\\d+)|-ib0:10.1.0.($1)|'],
      ['n2', '10.0.9.2'],
    );
    expect(['10.0.0.11', '10.0.9.2', '10.1.0.2', '10.0.0.13'].map(identify)).toEqual([
      'n1',
      'n2',
      'n2',
      'n3',
    ]);
    expect(identify('10.0.0.12')).toBeUndefined();
    expect([ambiguous, problems]).toEqual([[], []]);
  });

  test('a value that does not fit a node says so, and keeps nobody else from an answer', () => {
    const { identify, problems } = book(
      ['compute', '|n([13])|10.0.0.($1)|'],
      ['n2', '', 'ib0:10.1.0.2'],
    );
    expect(['10.0.0.1', '10.1.0.2', '10.0.0.3'].map(identify)).toEqual(['n1', 'n2', 'n3']);
    expect(problems).toEqual([expect.stringMatching(/^hosts row node=compute: ip .* for n2: /)]);
  });
});

const origin = (status: string, ip: string, groups = 'compute') =>
  addressOrigin(
    clusterOf({ nodelist: [{ node: 'n1', groups, status }], hosts: [{ node: 'n1', ip }] }),
  );

describe('the origin of an address book', () => {
  test('is another with another address or group', () => {
    expect(origin('booted', '10.0.0.2')).not.toBe(origin('booted', '10.0.0.1'));
    expect(origin('booted', '10.0.0.1', 'login')).not.toBe(origin('booted', '10.0.0.1'));
  });

  test("is the same whatever a node's status is", () => {
    expect(origin('booted', '10.0.0.1')).toBe(origin('netbooting', '10.0.0.1'));
  });
});
