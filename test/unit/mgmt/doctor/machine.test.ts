import { expect, test } from 'vitest';
import { judgeClock, parseChrony, parseTimedatectl } from '../../../../mgmt/doctor/clock.ts';
import { judgeConfinement } from '../../../../mgmt/doctor/confinement.ts';
import { judgeProcess, parseOpenFiles } from '../../../../mgmt/doctor/daemon-process.ts';
import { judgeDatabase } from '../../../../mgmt/doctor/database.ts';
import { judgeSpace } from '../../../../mgmt/doctor/disk.ts';

const gibibyte = 2 ** 30;
const levels = (findings: readonly { level: string }[]) => findings.map(({ level }) => level);

test.each([
  ['half full', 50, 100, ['ok']],
  ['with little left of much', 0.5, 100, ['warn']],
  ['with little left, but most of it', 0.5, 1, ['ok']],
  ['full', 0.01, 100, ['fail']],
])('a file system that is %s', (_, free, size, expected) => {
  const space = { free: free * gibibyte, size: size * gibibyte, inodes: 100, freeInodes: 50 };
  expect(levels(judgeSpace({ directory: '/install', ...space }))).toEqual(expected);
});

test('a lack of inodes is told; a file system that has none is not', () => {
  const space = { directory: '/install', free: 9 * gibibyte, size: 9 * gibibyte, freeInodes: 0 };
  expect(judgeSpace({ ...space, inodes: 100 })[0]).toMatchObject({
    level: 'warn',
    hint: expect.stringContaining('df -i /install'),
  });
  expect(levels(judgeSpace({ ...space, inodes: 0 }))).toEqual(['ok']);
});

const sound = { path: '/d', mode: 0o100600, log: 0, integrity: ['ok'] };

test.each([
  ['is sound', {}, 'ok', ''],
  ['is damaged', { integrity: ['*** in database main ***'] }, 'fail', 'sqlite3 /d .recover'],
  ['may be read by others', { mode: 0o100644 }, 'warn', 'chmod 600 /d'],
  ['has a large log', { log: 100 << 20 }, 'warn', 'fuser -v /d'],
])('a database that %s', (_, part, level, hint) => {
  const findings = judgeDatabase({ ...sound, ...part });
  expect(levels(findings)).toEqual([level]);
  expect(findings[0]?.hint ?? '').toContain(hint);
});

const now = new Date('2026-05-01T12:00:00Z');

test.each([
  ['synchronised', true, undefined, 'ok'],
  ['not synchronised', false, undefined, 'warn'],
  ['not known to anybody', undefined, undefined, 'note'],
  ['behind a report', true, new Date('2026-05-01T13:00:00Z'), 'fail'],
  ['after a report', true, new Date('2026-04-30T12:00:00Z'), 'ok'],
])('a clock that is %s', (_, isSynchronized, lastReport, level) => {
  expect(levels(judgeClock({ now, isSynchronized, lastReport }))).toEqual([level]);
});

test('what timedatectl and chronyc say', () => {
  expect(parseTimedatectl('NTP=yes\nNTPSynchronized=no\n')).toBe(false);
  expect(parseTimedatectl('NTPSynchronized=yes\n')).toBe(true);
  expect(parseTimedatectl('')).toBeUndefined();
  const tracking = 'A29FC87B,time,3,1700000000.1,0.1,0.1,0.1,1.1,0.1,0.1,0.1,0.1,64.1,';
  expect(parseChrony(`${tracking}Normal\n`)).toBe(true);
  expect(parseChrony(`${tracking}Not synchronised\n`)).toBe(false);
  expect(parseChrony('506 Cannot talk to daemon')).toBeUndefined();
});

test.each([
  ['enough for a few nodes', 1024, 20, 10, 'ok'],
  ['too few for all nodes at once', 1024, 20, 1000, 'warn'],
  ['all but used', 65_536, 65_000, 10, 'warn'],
  ['not known', undefined, 20, 10, 'note'],
])('a limit of open files that is %s', (_, most, open, nodes, level) => {
  expect(levels(judgeProcess({ pid: 7, most, open, nodes }))).toEqual([level]);
});

test('the soft limit of /proc/PID/limits', () => {
  const line = 'Max open files            1024                 524288               files     \n';
  expect(parseOpenFiles(line)).toBe(1024);
  expect(parseOpenFiles(line.replace('1024', 'unlimited'))).toBe(Infinity);
  expect(parseOpenFiles('')).toBeUndefined();
});

test('confinement is a note where it may matter', () => {
  expect(levels(judgeConfinement({ isSelinuxEnforcing: true, profiles: [] }))).toEqual(['note']);
  const profiles = ['/usr/sbin/dnsmasq', 'firefox'];
  expect(judgeConfinement({ isSelinuxEnforcing: false, profiles })).toMatchObject([
    { level: 'note', message: 'AppArmor confines /usr/sbin/dnsmasq' },
  ]);
  expect(levels(judgeConfinement({ isSelinuxEnforcing: false, profiles: ['firefox'] }))).toEqual([
    'ok',
  ]);
});
