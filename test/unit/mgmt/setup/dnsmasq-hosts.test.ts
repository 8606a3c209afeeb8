import { expect, test } from 'vitest';
import type { BootHost } from '../../../../mgmt/setup/boot-hosts.ts';
import { parseHostsFile, renderHostsFile } from '../../../../mgmt/setup/dnsmasq-hosts.ts';

const host = (node: string, loader: BootHost['loader'] = 'xnba'): BootHost => ({
  node,
  mac: '52:54:00:77:00:01',
  ip: '10.77.0.11',
  loader,
});
const lineOf = (one: BootHost) => renderHostsFile([one]).split('\n')[1];

test.for([
  ['n1', 'n1'],
  ['101', '101.'],
  ['12h', '12h.'],
  ['3D', '3D.'],
  ['infinite', 'infinite.'],
  ['Ignore', 'Ignore.'],
  ['12x', '12x'],
  ['h', 'h'],
  ['3d1', '3d1'],
  ['ignored', 'ignored'],
] as const)('%s is written %s, and read as it is', ([node, written]) => {
  expect(lineOf(host(node))).toBe(`52:54:00:77:00:01,10.77.0.11,${written}`);
  expect(parseHostsFile(renderHostsFile([host(node)]))).toEqual([host(node)]);
});

test('tags have the name itself', () => {
  const one = host('101', 'petitboot');
  expect(lineOf(one)).toBe('52:54:00:77:00:01,set:petitboot,set:node-101,10.77.0.11,101.');
  expect(parseHostsFile(renderHostsFile([one]))).toEqual([one]);
});
