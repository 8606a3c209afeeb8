import { expect, test } from 'vitest';
import { wantedReservations } from '../../../../mgmt/doctor/reservations-again.ts';
import type { BootHost } from '../../../../mgmt/setup/boot-hosts.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const host = (number: number, more: Partial<BootHost> = {}): BootHost => ({
  node: `n${number}`,
  mac: `52:54:00:77:00:0${number}`,
  ip: `10.77.0.1${number}`,
  loader: 'xnba',
  ...more,
});
const contains = (address: string) => address.startsWith('10.77.0.');

/** Of n1, n2 and n3 in the tables, of which some have a row of mac. */
function wanted(now: readonly BootHost[], macs: readonly number[] = [1, 2, 3]) {
  const cluster = clusterOf({
    nodelist: [1, 2, 3].map((number) => ({ node: `n${number}` })),
    mac: macs.map((number) => ({ node: `n${number}`, mac: host(number).mac })),
    hosts: [1, 2, 3].map((number) => ({ node: `n${number}`, ip: host(number).ip })),
  });
  return wantedReservations(now, cluster, contains);
}

test('nodes that have one keep it as the tables say; others get none', () => {
  const moved = host(2, { ip: '10.77.0.99' });
  expect(wanted([host(1), moved])).toEqual({
    hosts: [host(1), host(2)],
    command: 'makedhcp n[1-2]',
  });
});

test('if all nodes have one, the command is about all', () => {
  const moved = host(2, { ip: '10.77.0.99' });
  const all = { hosts: [host(1), host(2), host(3)], command: 'makedhcp -a' };
  expect(wanted([host(1), moved, host(3)])).toEqual(all);
  expect(wanted([host(1), host(2), host(3), host(9)])).toEqual(all);
});

test('a node that can have none any more is named with those that keep theirs', () => {
  expect(wanted([host(1), host(2)], [1, 3])).toEqual({
    hosts: [host(1)],
    command: 'makedhcp n[1-2]',
  });
});

test('one that no table knows is taken away by name', () => {
  expect(wanted([host(1), host(8), host(9)])).toEqual({
    hosts: [host(1)],
    command: 'makedhcp -d n[8-9]',
  });
  expect(wanted([host(9)])).toEqual({ hosts: [], command: 'makedhcp -d n9' });
});

test('if others are old too, one command follows the other', () => {
  const moved = host(2, { ip: '10.77.0.99' });
  expect(wanted([moved, host(9)])).toEqual({
    hosts: [host(2)],
    command: 'makedhcp -d n9; then makedhcp n2',
  });
});

test('of two nodes with one MAC address makedhcp and doctor leave out the same', () => {
  const cluster = clusterOf({
    nodelist: ['n3', 'n2', 'n10'].map((node) => ({ node })),
    mac: [
      { node: 'n2', mac: host(2).mac },
      { node: 'n3', mac: host(3).mac },
      { node: 'n10', mac: host(2).mac },
    ],
    hosts: [
      { node: 'n2', ip: '10.77.0.12' },
      { node: 'n3', ip: '10.77.0.13' },
      { node: 'n10', ip: '10.77.0.20' },
    ],
  });
  const now = [host(2), host(10, { mac: '52:54:00:77:00:99', ip: '10.77.0.20' })];
  expect(wantedReservations(now, cluster, contains)).toMatchObject({
    hosts: [{ node: 'n10' }], // a noderange has it first
    command: 'makedhcp n[2,10]',
  });
});
