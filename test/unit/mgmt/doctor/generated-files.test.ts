import { expect, test } from 'vitest';
import { judgeGenerated, judgeNetworkNote } from '../../../../mgmt/doctor/generated-files.ts';
import { marker, sealed } from '../../../../mgmt/setup/seal.ts';

const text = (rest: string) => sealed(`# ${marker}\n${rest}\n`);
const setup = 'statelite setup --network 10.77.0.0/24 --server 10.77.0.1';
const judge = (path: string, now: string, wanted = text('a')) =>
  judgeGenerated([{ path, now, wanted }], { setup, reserve: 'makedhcp n[1-2]' });

test('a file as the tables say is fine', () => {
  expect(judge('/g/exports', text('a'))).toEqual([
    { level: 'ok', message: '1 generated file as the tables say' },
  ]);
});

test.for([
  ['/g/dnsmasq.conf', 'makedhcp -n, and restart the server if it says so'],
  ['/g/kea-dhcp4.conf', 'makedhcp -n, and restart the server if it says so'],
  ['/g/dnsmasq-hosts', 'makedhcp n[1-2]'],
  ['/g/kea-reservations-10.77.0.0-24.json', 'makedhcp n[1-2]'],
  ['/g/dnsmasq-names', 'makedns'],
  ['/g/exports', `${setup}, then exportfs -ra`],
  ['/g/ganesha.conf', `${setup}, then kill -HUP $(pidof ganesha.nfsd)`],
  ['/tftpboot/boot.ipxe', setup],
] as const)('an old %s is a warning with the command that writes it', ([path, hint]) => {
  expect(judge(path, text('b'))).toEqual([
    { level: 'warn', message: `${path} is older than the tables`, hint },
  ]);
});

test('one that somebody has edited, or that is not ours, is said to be so', () => {
  expect(judge('/g/exports', text('b').replace('\nb\n', '\nc\n'))).toMatchObject([
    { level: 'warn', message: '/g/exports was changed by hand' },
  ]);
  expect(judge('/g/exports', '/home *(rw)\n')).toMatchObject([
    { level: 'warn', hint: expect.stringMatching(/^move it away, then statelite setup/) },
  ]);
});

test.for([
  [false, 'correct the row: tabedit networks; then makedhcp -n'],
  [true, 'correct the row: tabedit networks'],
] as const)("a note about a row has its hint; with ISC's server: %s", ([isIsc, hint]) => {
  const message = 'networks row net=10.77.0.0 is left out of DHCP: it is none';
  expect(judgeNetworkNote(message, isIsc)).toEqual([{ level: 'warn', message, hint }]);
});

test('one about site.dhcpinterfaces has another', () => {
  const message = 'no DHCP is served in any network: site.dhcpinterfaces names eth9';
  const remedy = 'chtab key=dhcpinterfaces site.value=NIC changes that';
  expect(judgeNetworkNote(`${message}; ${remedy}`, false)).toEqual([
    { level: 'warn', message, hint: `${remedy}; then makedhcp -n and makedhcp -a` },
  ]);
});

test("whom ISC's server serves is nothing that site.dhcpinterfaces could change here", () => {
  expect(judgeNetworkNote('no DHCP is served in any network; chtab x', true)).toEqual([]);
});
