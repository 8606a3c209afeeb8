import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Peer } from '../../../../mgmt/daemon/peer.ts';
import { decide, type PolicyRequest } from '../../../../mgmt/daemon/policy.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const names = ['n1', 'n2', 'n3'];
const nodelist = names.map((node) => ({ node, groups: node === 'n3' ? 'io' : 'compute' }));

const anyColumn = (...values: string[]) => fc.constantFrom('', ...values);
const anyRow = fc.record({
  name: anyColumn('root', '*', 'bob'),
  host: anyColumn('n1', 'n2', '*'),
  commands: anyColumn('litefile', 'litefile,lslite', 'nodeset'),
  noderange: anyColumn('n1', 'compute', 'io,n2', 'gone', '*'),
  parameters: anyColumn('^-a', 'x', '('),
  rule: fc.constantFrom('allow', 'trusted', 'deny', 'disallow', ''),
});
type Row = Readonly<Record<string, string>>;

/** Rows with priorities of their own, in any order. */
const anyRows = fc
  .uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 7 })
  .chain((numbers) =>
    fc.tuple(
      ...numbers.map((number) =>
        anyRow.map((row): Row => ({ ...row, priority: String(number / 10) })),
      ),
    ),
  );

const anyPeer: fc.Arbitrary<Peer> = fc.record({
  address: fc.constant('10.0.0.1'),
  node: fc.constantFrom(undefined, ...names),
  name: fc.constantFrom(undefined, 'root', 'bob'),
});
const anyRequest: fc.Arbitrary<PolicyRequest> = fc.record({
  command: fc.constantFrom('litefile', 'lslite', 'nodeset'),
  nodes: fc.subarray(names),
  args: fc.subarray(['-a', 'x']),
});

const ask = (policy: readonly Row[], peer: Peer, request: PolicyRequest) =>
  decide(clusterOf({ nodelist, policy }), peer, request);

test('the order of the rows in the table does not matter', () => {
  fc.assert(
    fc.property(anyRows, anyPeer, anyRequest, fc.nat(), (rows, peer, request, turn) => {
      const cut = turn % (rows.length + 1);
      const turned = [...rows.slice(cut), ...rows.slice(0, cut)].toReversed();
      expect(ask(turned, peer, request)).toEqual(ask(rows, peer, request));
    }),
  );
});

test('a row below the one that decided changes nothing', () => {
  fc.assert(
    fc.property(anyRows, anyRow, anyPeer, anyRequest, (rows, more, peer, request) => {
      const before = ask(rows, peer, request);
      fc.pre(before.row !== undefined);
      const below = { ...more, priority: '99' };
      expect(ask([...rows, below], peer, request)).toEqual(before);
    }),
  );
});

test('a request about nodes is allowed if each of them is', () => {
  fc.assert(
    fc.property(anyRows, anyPeer, anyRequest, (rows, peer, request) => {
      fc.pre(request.nodes.length > 0);
      const each = request.nodes.map((node) => ask(rows, peer, { ...request, nodes: [node] }));
      expect(ask(rows, peer, request).allowed).toBe(each.every(({ allowed }) => allowed));
    }),
  );
});

test('without a certificate nobody is told anything of another node', () => {
  fc.assert(
    fc.property(anyRows, anyPeer, anyRequest, (rows, { address, node }, request) => {
      const peer = { address, node, name: undefined };
      fc.pre(node === undefined || request.nodes.some((each) => each !== node));
      expect(ask(rows, peer, request).allowed).toBe(false);
    }),
  );
});

test('only a row with one of the three words allows', () => {
  fc.assert(
    fc.property(anyRows, anyPeer, anyRequest, (rows, peer, request) => {
      const { allowed, row } = ask(rows, peer, request);
      fc.pre(allowed);
      const rule = rows.find(({ priority }) => priority === row)?.['rule'];
      expect(['allow', 'trusted']).toContain(rule);
    }),
  );
});
