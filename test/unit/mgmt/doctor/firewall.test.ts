import { expect, test } from 'vitest';
import { parseIptables, parseNft } from '../../../../mgmt/doctor/firewall-rules.ts';
import { judgeFirewall, type NeededPort } from '../../../../mgmt/doctor/firewall.ts';

const daemon: NeededPort = { protocol: 'tcp', port: 3001, what: 'daemon' };
const base = { family: 'inet', table: 'filter', name: 'input', hook: 'input' };
const dport = (right: unknown, protocol = 'tcp') => ({
  match: { op: '==', left: { payload: { protocol, field: 'dport' } }, right },
});
const from = (right: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right },
});
const established = {
  match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] },
};
const loopback = { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'lo' } };
const accept = { accept: null };
const drop = { drop: null };

function nft(policy: string, ...rules: object[][]): string {
  const items = rules.map((expr) => ({
    rule: { family: 'inet', table: 'filter', chain: 'input', expr },
  }));
  return JSON.stringify({ nftables: [{ chain: { ...base, policy } }, ...items] });
}

test.each<[string, string, boolean]>([
  ['no chain at all', JSON.stringify({ nftables: [{ metainfo: {} }] }), false],
  ['an open chain', nft('accept'), false],
  ['a closed chain', nft('drop'), true],
  [
    'a closed chain with what is always let in',
    nft('drop', [established, accept], [loopback, accept]),
    true,
  ],
  ['a rule for the port', nft('drop', [dport(3001), accept]), false],
  [
    'a rule for a set with the port',
    nft('drop', [dport({ set: [80, { range: [3001, 3002] }] }), accept]),
    false,
  ],
  ['a rule for other ports', nft('drop', [dport({ set: [22, 80] }), accept]), true],
  ['a rule for the port by UDP', nft('drop', [dport(3001, 'udp'), accept]), true],
  ['a rule for one network, perhaps ours', nft('drop', [from('10.0.0.0'), accept]), false],
  ['a rule that drops the port', nft('accept', [dport(3001), drop]), true],
  [
    'a rule that drops it from one address',
    nft('accept', [from('1.2.3.4'), dport(3001), drop]),
    false,
  ],
  [
    'a rule that drops all, last',
    nft('accept', [dport(22), accept], [{ reject: { type: 'icmp' } }]),
    true,
  ],
])('of nft: %s', (_, ruleset, isDropped) => {
  const findings = judgeFirewall(parseNft(ruleset), [daemon]);
  expect(findings.map(({ level }) => level)).toEqual([isDropped ? 'warn' : 'ok']);
});

test('rules of a chain that is jumped to count where the jump stands', () => {
  const jump = {
    rule: { family: 'inet', table: 'filter', chain: 'input', expr: [{ jump: { target: 'mine' } }] },
  };
  const inside = {
    rule: { family: 'inet', table: 'filter', chain: 'mine', expr: [dport(3001), accept] },
  };
  const ring = {
    rule: { family: 'inet', table: 'filter', chain: 'mine', expr: [{ jump: { target: 'mine' } }] },
  };
  const ruleset = { nftables: [{ chain: { ...base, policy: 'drop' } }, jump, inside, ring] };
  expect(judgeFirewall(parseNft(JSON.stringify(ruleset)), [daemon])).toMatchObject([
    { level: 'ok' },
  ]);
});

test('the finding shows where to look, and what to let in', () => {
  expect(judgeFirewall(parseNft(nft('drop')), [daemon])).toMatchObject([
    {
      message: 'the firewall seems to drop tcp port 3001 (daemon)',
      hint: expect.stringContaining('nft list chain inet filter input'),
    },
  ]);
});

test.each([
  ['-P INPUT ACCEPT', 'ok'],
  ['-P INPUT DROP', 'warn'],
  [
    '-P INPUT DROP\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT',
    'warn',
  ],
  ['-P INPUT DROP\n-A INPUT -p tcp -m tcp --dport 3001:3002 -j ACCEPT', 'ok'],
  ['-P INPUT DROP\n-A INPUT -p tcp -m multiport --dports 22,3001 -j ACCEPT', 'ok'],
  ['-P INPUT DROP\n-A INPUT -p udp -m udp --dport 3001 -j ACCEPT', 'warn'],
  ['-P INPUT ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited', 'warn'],
  ['-P INPUT ACCEPT\n-A INPUT -s 1.2.3.4/32 -j DROP', 'ok'],
])('of iptables: %j', (listed, level) => {
  expect(judgeFirewall([parseIptables(listed)], [daemon])).toMatchObject([{ level }]);
});
