import { expect, test } from 'vitest';
import type { BootHost } from '../../../../mgmt/setup/boot-hosts.ts';
import { changeReservations, newReservations } from '../../../../mgmt/setup/reservations.ts';

const host = (number: number, more: Partial<BootHost> = {}): BootHost => ({
  node: `n${number}`,
  mac: `52:54:00:77:00:${String(number).padStart(2, '0')}`,
  ip: `10.77.0.${number}`,
  loader: 'xnba',
  ...more,
});
const now = [host(1), host(2), host(10)];
const everybody = () => true;
const set = (hosts: BootHost[], all = false, left: string[] = []) => ({
  set: { hosts, left, notes: ['x'] },
  all,
});

test('a node that is set gets what its rows say now, and the others stay', () => {
  const changed = host(2, { ip: '10.77.0.99' });
  const { hosts, notes } = changeReservations(now, set([host(3), changed]), everybody);
  expect(hosts).toEqual([host(1), changed, host(3), host(10)]);
  expect(notes).toEqual(['x']);
});

test('a node that is to be set and can have none loses the one that it has', () => {
  const { hosts, notes } = changeReservations(now, set([host(1)], false, ['n2']), everybody);
  expect(hosts).toEqual([host(1), host(10)]);
  expect(notes).toEqual(['x']);
});

test('what such a node had is free for another', () => {
  const heir = host(3, { mac: host(2).mac });
  const { hosts } = changeReservations(now, set([heir], false, ['n2']), everybody);
  expect(hosts).toEqual([host(1), heir, host(10)]);
});

test('all nodes means only those', () => {
  expect(changeReservations(now, set([host(3)], true), everybody).hosts).toEqual([host(3)]);
});

const without = (remove: string[] | 'all') => changeReservations(now, { remove }, everybody).hosts;

test('nodes are removed, or all', () => {
  expect(without(['n1', 'n10', 'n77'])).toEqual([host(2)]);
  expect(without('all')).toEqual([]);
});

test.for(['mac', 'ip'] as const)('a node does not take the %s of another', (key) => {
  const rival = host(3, { [key]: host(1)[key] });
  const { hosts, notes } = changeReservations(now, set([rival]), everybody);
  expect(hosts).toEqual(now);
  expect(notes).toContain('n3 is left out of DHCP: n1 has its MAC or IP address');
});

test('a reservation of a node that no table knows makes way', () => {
  const heir = host(3, { mac: host(1).mac });
  const { hosts } = changeReservations(now, set([heir]), (name) => name !== 'n1');
  expect(hosts).toEqual([host(2), heir, host(10)]);
});

test('what stays as it is is not new; a node with another address or loader is', () => {
  const moved = host(2, { ip: '10.77.0.99' });
  const again = host(10, { loader: 'grub2' });
  const { hosts } = changeReservations(now, set([host(1), moved, host(3), again]), everybody);
  expect(newReservations(now, hosts)).toEqual([moved, host(3), again]);
  const same = changeReservations(now, set([host(1), host(2), host(10)], true), everybody);
  expect(newReservations(now, same.hosts)).toEqual([]);
  expect(newReservations(now, without(['n1']))).toEqual([]);
});
