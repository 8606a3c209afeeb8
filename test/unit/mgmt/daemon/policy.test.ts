import { describe, expect, test } from 'vitest';
import type { Peer } from '../../../../mgmt/daemon/peer.ts';
import { decide, type PolicyRequest } from '../../../../mgmt/daemon/policy.ts';
import { policyProblems } from '../../../../mgmt/daemon/policy-rules.ts';
import { defaultRows } from '../../../../mgmt/db/default-rows.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

type Row = Readonly<Record<string, string>>;

const nodelist = ['n1', 'n2', 'n3', 'n10', 'io1.example.org'].map((node) => ({
  node,
  groups: node.startsWith('n') ? 'compute,all' : 'io,all',
}));

const node = (name: string): Peer => ({ address: '10.0.0.1', node: name, name: undefined });
const admin = (name: string, at?: string): Peer => ({ address: '10.0.9.9', node: at, name });
const stranger: Peer = { address: '10.0.9.9', node: undefined, name: undefined };

function ask(rows: readonly Row[], peer: Peer, request: Partial<PolicyRequest> = {}) {
  const cluster = clusterOf({ nodelist, policy: rows });
  return decide(cluster, peer, { command: 'litefile', nodes: [], args: [], ...request });
}

const may = (...given: Parameters<typeof ask>) => ask(...given).allowed;

/** A row of priority 1 with these columns. */
const row = (columns: Row, rule = 'allow'): Row => ({ priority: '1', rule, ...columns });
const rest: Row = { priority: '2', rule: 'allow' };

describe('the rows', () => {
  test('allow nothing that none of them is about', () => {
    expect(ask([], node('n1'))).toEqual({ allowed: false, trusted: false, row: undefined });
    expect(may([row({ commands: 'litetree' })], node('n1'))).toBe(false);
  });

  test('are gone through by their numbers, whatever their order in the table is', () => {
    const rows = [
      { priority: '10', rule: 'deny' },
      { priority: '9.5', rule: 'allow' },
    ];
    expect(ask(rows, node('n1'))).toMatchObject({ allowed: true, row: '9.5' });
    expect(ask(rows.toReversed(), node('n1'))).toMatchObject({ allowed: true, row: '9.5' });
  });

  test('without a number come first, as in stock', () => {
    const rows = [rest, { priority: 'first', rule: 'deny' }];
    expect(ask(rows, node('n1'))).toMatchObject({ allowed: false, row: 'first' });
  });

  test('that are disabled are not there', () => {
    expect(may([row({ disable: '1' }, 'deny'), rest], node('n1'))).toBe(true);
  });

  test.for([
    ['allow', true, false],
    ['Accept', true, false],
    [' trusted ', true, true],
    ['disallow', false, false],
    ['not allowed', false, false],
    ['deny', false, false],
    ['', false, false],
  ] as const)('with the rule "%s" allow: %s, trust: %s', ([rule, allowed, trusted]) => {
    expect(ask([row({}, rule)], node('n1'))).toEqual({ allowed, trusted, row: '1' });
  });
});

describe('a name', () => {
  test.for([
    ['root', admin('root'), true],
    ['root', admin('root2'), false],
    ['root', admin('Root'), false],
    ['root', node('n1'), false],
    ['*', admin('anyone'), true],
    ['*', node('n1'), false],
    ['', admin('anyone'), true],
    ['', node('n1'), true],
  ] as const)('"%s" is met by %o: %s', ([name, peer, expected]) => {
    expect(may([row({ name })], peer)).toBe(expected);
  });

  test('that is denied closes what is open to all', () => {
    const rows = [row({ name: 'eve' }, 'deny'), rest];
    expect(may(rows, admin('eve'))).toBe(false);
    expect(may(rows, admin('bob'))).toBe(true);
  });
});

describe('a host', () => {
  test.for([
    ['n1', node('n1'), true],
    ['n1', node('n10'), false],
    ['compute', node('n1'), false],
    ['io1', node('io1.example.org'), true],
    ['io1.example.org', node('io1.example.org'), true],
    ['n1', admin('root', 'n1'), true],
    ['n1', admin('root'), false],
    ['*', admin('root'), true],
  ] as const)('"%s" is met by %o: %s', ([host, peer, expected]) => {
    expect(may([row({ host })], peer)).toBe(expected);
  });
});

describe('commands', () => {
  test.for([
    ['litefile', true],
    ['litetree,litefile', true],
    ['litetree litefile', true],
    [' litetree , litefile ', true],
    ['litefiles', false],
    ['lite', false],
    ['*', true],
    [',', false],
  ] as const)('"%s" hold litefile: %s', ([commands, expected]) => {
    expect(may([row({ commands })], node('n1'))).toBe(expected);
  });
});

describe('parameters', () => {
  test.for([
    ['-l', ['-l', 'x'], true],
    ['^-l$', ['-l', 'x'], false],
    ['^-l x$', ['-l', 'x'], true],
    ['^$', [], true],
    ['*', ['anything'], true],
    ['[[:digit:]]{2}', ['a', '42'], true],
  ] as const)('%s is met by %o: %s', ([parameters, args, expected]) => {
    expect(may([row({ parameters })], node('n1'), { args })).toBe(expected);
  });

  test.for([
    ['a regex that is none', '(', ['x']],
    ['a regex that only Perl has', '(?<!a*)\\Kb', ['x']],
    ['more arguments than anybody writes', 'x', ['x'.repeat(20_000)]],
  ] as const)('with %s open nothing and close still', ([, parameters, args]) => {
    expect(may([row({ parameters })], node('n1'), { args })).toBe(false);
    expect(may([row({ parameters }, 'deny'), rest], node('n1'), { args })).toBe(false);
  });
});

const about = (...nodes: string[]) => ({ nodes });

describe('a noderange', () => {
  test.for([
    ['compute', ['n1'], true],
    ['compute', ['n1', 'n2', 'n10'], true],
    ['compute', ['n1', 'io1.example.org'], false],
    ['n[1-2]', ['n2'], true],
    ['n[1-2]', ['n3'], false],
    ['all,-n3', ['n3'], false],
    ['*', ['n3'], true],
    ['*', [], true],
    ['compute', [], false],
    ['gone', ['n1'], false],
  ] as const)('%s holds %o: %s', ([noderange, nodes, expected]) => {
    expect(may([row({ noderange })], admin('root'), about(...nodes))).toBe(expected);
  });

  test('that allows some of the nodes sets them aside, the rest goes on down the table', () => {
    const rows = [
      { priority: '1', noderange: 'n1', rule: 'trusted' },
      { priority: '2', noderange: 'n2', rule: 'allow' },
      { priority: '3', rule: 'deny' },
    ];
    expect(ask(rows, admin('root'), about('n1', 'n2'))).toEqual({
      allowed: true,
      trusted: false,
      row: '2',
    });
    expect(ask(rows, admin('root'), about('n1'))).toMatchObject({ trusted: true, row: '1' });
    expect(ask(rows, admin('root'), about('n1', 'n3'))).toMatchObject({ allowed: false, row: '3' });
  });

  test('of a row that denies is not got around by asking about one more node', () => {
    const rows = [row({ noderange: 'n1' }, 'deny'), rest];
    expect(may(rows, admin('root'), about('n1', 'n2'))).toBe(false);
    expect(may(rows, admin('root'), about('n2', 'n3'))).toBe(true);
  });

  test('of a row that denies is met by a request that names no node, and may be about all', () => {
    const rows = [row({ noderange: 'n1', commands: 'nodels' }, 'deny'), rest];
    expect(may(rows, admin('root'), { command: 'nodels' })).toBe(false);
    expect(may(rows, admin('root'), { command: 'tabdump' })).toBe(true);
  });

  test('that names nothing that is there denies all nodes if it denies', () => {
    expect(may([row({ noderange: 'gone' }, 'deny'), rest], admin('root'), about('n1'))).toBe(false);
  });

  test('of a node without a certificate is the node itself', () => {
    expect(may([row({ noderange: 'compute' })], node('n1'))).toBe(true);
    expect(may([row({ noderange: 'io' })], node('n1'))).toBe(false);
  });

  test('of a row that denies also holds what site.excludenodes keeps from commands', () => {
    const cluster = clusterOf({
      nodelist,
      policy: [row({ noderange: 'compute' }, 'deny'), rest],
      site: [{ key: 'excludenodes', value: 'n1' }],
    });
    const request = { command: 'litefile', nodes: [], args: [] };
    expect(decide(cluster, node('n1'), request).allowed).toBe(false);
  });
});

describe('without a certificate', () => {
  const open = [{ priority: '1', rule: 'trusted' }];

  test('a node is answered about itself alone', () => {
    expect(may(open, node('n1'), { nodes: ['n1'] })).toBe(true);
    expect(may(open, node('n1'), { nodes: ['n2'] })).toBe(false);
    expect(may(open, node('n1'), { nodes: ['n1', 'n2'] })).toBe(false);
  });

  test('an address of no node gets nothing', () => {
    expect(may(open, stranger)).toBe(false);
    expect(may(open, stranger, { nodes: ['n1'] })).toBe(false);
  });
});

describe('the rows that a table is made with', () => {
  const rows = defaultRows['policy'] ?? [];

  test.for(['litefile', 'litetree', 'getpostscript', 'getpartition', 'nextdestiny', 'syncfiles'])(
    'let a booting node ask for %s',
    (command) => {
      expect(may(rows, node('n1'), { command })).toBe(true);
    },
  );

  test.for(['tabdump', 'lslite', 'nodeset', 'ilitefile', 'chtab', ''])(
    'keep a node, and everybody who is not root, from %s',
    (command) => {
      expect(may(rows, node('n1'), { command })).toBe(false);
      expect(may(rows, admin('alice'), { command, nodes: ['n1'] })).toBe(false);
      expect(may(rows, admin('root'), { command, nodes: ['n1'] })).toBe(true);
    },
  );

  test('have the priorities that the documents set again', () => {
    expect(rows).toEqual(
      expect.arrayContaining([
        { priority: '4.7', commands: 'litefile', rule: 'allow' },
        { priority: '4.8', commands: 'litetree', rule: 'allow' },
      ]),
    );
  });
});

test('what cannot be evaluated is named with its row, column and what comes of it', () => {
  const policy = [
    { priority: '3', noderange: 'gone', rule: 'deny' },
    { priority: '2', parameters: '(', rule: 'allow' },
    { priority: '1', noderange: 'compute', parameters: 'x', rule: 'allow' },
  ];
  expect(policyProblems(clusterOf({ nodelist, policy }))).toEqual([
    expect.stringMatching(/^policy row priority=2: parameters: .*: the row allows nothing$/u),
    expect.stringMatching(/^policy row priority=3: noderange: .*gone.*: the row denies whatever/u),
  ]);
});
