import { expect, test } from 'vitest';
import { merged } from '../../../../mgmt/doctor/finding.ts';
import { judgeMasters } from '../../../../mgmt/doctor/master.ts';
import { judgeNames, type NodeName } from '../../../../mgmt/doctor/names.ts';

const good: NodeName = {
  node: 'cn01',
  written: '10.0.0.1',
  forward: ['10.0.0.1'],
  reverse: 'cn01.cluster',
};

test('a node whose name and address lead to each other is fine', () => {
  expect(judgeNames([good])).toEqual([
    { level: 'ok', message: 'names and addresses of 1 node agree' },
  ]);
});

test.each([
  [
    'without an address in the tables',
    { written: '' },
    'fail',
    'chtab node=cn01 hosts.ip=10.0.0.1',
  ],
  ['whose address is none', { written: '10.0.0' }, 'fail', 'hosts.ip=<address>'],
  ['whose name nobody knows', { forward: [] }, 'warn', '/etc/hosts: 10.0.0.1 cn01'],
  [
    'whose name is of another',
    { forward: ['10.0.0.9'] },
    'fail',
    'gives 10.0.0.9, hosts.ip is 10.0.0.1',
  ],
  ['whose address is of another', { reverse: 'cn02' }, 'warn', 'getent hosts 10.0.0.1 gives cn02'],
])('a node %s is found, with what to do', (_, part, level, hint) => {
  expect(judgeNames([{ ...good, ...part }])).toEqual([
    { level, message: expect.any(String), hint: expect.stringContaining(hint), nodes: ['cn01'] },
  ]);
});

test.each([
  ['no reverse entry', { reverse: undefined }],
  ['several addresses', { forward: ['fd00::1', '10.0.0.1'] }],
  ['another spelling of an address', { written: 'FD00:0::1', forward: ['fd00::1'] }],
])('a node with %s is fine', (_, part) => {
  expect(judgeNames([{ ...good, ...part }]).map(({ level }) => level)).toEqual(['ok']);
});

test('the same of several nodes is said once, with the hint for the first', () => {
  const unknown = ['cn01', 'cn02'].map((node) => ({ ...good, node, forward: [] }));
  expect(merged(judgeNames(unknown))).toEqual([
    expect.objectContaining({
      nodes: ['cn01', 'cn02'],
      hint: 'add it to DNS, or to /etc/hosts: 10.0.0.1 cn01; likewise for the others',
    }),
  ]);
});

test.each([
  ['an address of this machine', '10.0.0.254', true, 'ok'],
  ['an address of another machine', '10.0.0.253', false, 'note'],
  ['a name that has no address', 'mn', false, 'fail'],
])('nodes that ask %s', (_, host, isHere, level) => {
  const [finding] = judgeMasters([{ host, isHere, nodes: ['cn01'] }], host);
  expect(finding?.level).toBe(level);
});

test('without nodes, site.master has to be set all the same', () => {
  expect(judgeMasters([], undefined)).toMatchObject([{ level: 'fail' }]);
  expect(judgeMasters([], '10.0.0.254')).toEqual([]);
});
