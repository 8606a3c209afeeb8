import { expect, test } from 'vitest';
import type { Act, Said } from '../../../helpers/doctor-runner.ts';
import { runAs } from '../../../helpers/sandbox.ts';

/** Plays the acts on a management node in a network of its own, with real servers. */
async function play(...acts: readonly Act[]): Promise<Said[]> {
  const { out, err } = await runAs('pid 1', 'doctor-runner.ts', acts);
  if (out === '') throw new Error(err);
  return JSON.parse(out);
}

const setup: Act = {
  run: ['setup', '--network', '10.77.0.0/24', '--server', '10.77.0.1', '--interface', 'mn0'],
};
const site: Act[] = [
  { run: ['chtab', 'key=master', 'site.value=10.77.0.1'] },
  { run: ['nodeadd', 'n1', 'groups=compute', 'hosts.ip=10.77.0.11', 'mac.mac=52:54:00:77:00:01'] },
  { run: ['chtab', 'node=compute', 'statelite.statemnt=10.77.0.1:@/state/store'] },
  {
    run: [
      'chtab',
      'imagename=compute',
      'osimage.osvers=debian12',
      'osimage.osarch=x86_64',
      'osimage.profile=compute',
      'osimage.provmethod=statelite',
    ],
  },
  setup,
  { run: ['nodeset', 'n1', 'osimage=compute'] },
];

/** Checks that have something to look at on such a node. */
const watched =
  `management node,node names,TLS port,status port,HTTP server,TFTP server,certificates,
NFS servers,exports of this machine,DHCP server,generated files,boot files,images,daemon,database`.split(
    /,\s*/u,
  );

const failures = ({ findings }: Said) => findings.filter(({ level }) => level === 'fail');
const levels = (one: Said | undefined) =>
  one?.findings.filter(({ check }) => check === 'generated files').map(({ level }) => level);
const checksOf = (found: Said['findings']) => found.map(({ check }) => check).toSorted();

test('a management node with all its servers is well, and each that stops is missed', async () => {
  const [well, dead] = await play(
    ...site,
    { start: 'serve' },
    { start: 'dnsmasq' },
    { start: 'ganesha' },
    { doctor: ['n1'] },
    { stop: 'serve' },
    { stop: 'dnsmasq' },
    { stop: 'ganesha' },
    { doctor: ['n1'] },
  );
  if (well === undefined || dead === undefined) throw new Error('not looked twice');
  expect(failures(well)).toEqual([]);
  expect(well.code).toBe(0);
  const fine = well.findings.filter(({ level }) => level === 'ok').map(({ check }) => check);
  expect(new Set(fine)).toEqual(new Set([...fine, ...watched]));
  expect(dead.code).toBe(1);
  expect(checksOf(failures(dead))).toEqual([
    'HTTP server',
    'NFS servers',
    'TFTP server',
    'TLS port',
    'exports of this machine',
    'status port',
  ]);
  expect(dead.findings).toContainEqual(
    expect.objectContaining({ check: 'DHCP server', level: 'warn' }),
  );
});

test('what was changed in the tables and not put to use is found, and how to do it', async () => {
  const [said] = await play(
    ...site,
    { start: 'serve' },
    { start: 'dnsmasq' },
    { run: ['chtab', 'node=n1', 'hosts.ip=10.77.0.12', 'mac.mac=52:54:00:77:00:02'] },
    { run: ['chtab', 'node=n1', 'bootparams.addkcmdline=quiet'] },
    { run: ['chtab', 'net=10.77.0.0', 'networks.gateway=10.77.0.254'] },
    { run: ['chtab', '-d', 'node=compute', 'statelite'] },
    { doctor: [] },
  );
  const found = (check: string) => said?.findings.find((one) => one.check === check);
  expect(found('node names')).toMatchObject({
    level: 'fail',
    nodes: ['n1'],
    hint: expect.stringContaining('10.77.0.11, hosts.ip is 10.77.0.12'),
  });
  expect(found('DHCP server')).toMatchObject({
    level: 'fail',
    hint: expect.stringContaining('makedhcp n1'),
  });
  expect(found('boot files')).toMatchObject({
    level: 'warn',
    hint: 'nodeset n1 osimage=compute',
  });
  const older = said?.findings.filter(({ message }) =>
    message.endsWith('is older than the tables'),
  );
  const network = '--network 10.77.0.0/24 --server 10.77.0.1';
  expect(older?.map(({ message, hint }) => [/[\w.-]+(?= is)/u.exec(message)?.[0], hint])).toEqual([
    ['dnsmasq.conf', 'makedhcp -n, and restart the server if it says so'],
    ['dnsmasq-hosts', 'makedhcp -a'],
    ['exports', `statelite setup ${network}, then exportfs -ra`],
    ['ganesha.conf', `statelite setup ${network}, then kill -HUP $(pidof ganesha.nfsd)`],
  ]);
});

test('a node that is off, numbers in names and the DHCP server of somebody else make no file old', async () => {
  const [said, foreign] = await play(
    ...site,
    { run: ['nodeadd', 'n10', 'groups=all', 'hosts.ip=10.77.0.20', 'mac.mac=52:54:00:77:00:10'] },
    { run: ['nodeadd', 'n2', 'groups=all', 'hosts.ip=10.77.0.12', 'mac.mac=52:54:00:77:00:02'] },
    setup,
    { run: ['nodeset', 'n2', 'boot'] },
    { run: ['nodeset', 'n1', 'offline'] },
    { doctor: [] },
    { run: ['chtab', 'key=dhcpbackend', 'site.value=isc'] },
    { doctor: [] },
  );
  expect(levels(said)).toEqual(['ok']);
  expect(said?.findings.filter(({ check }) => check === 'DHCP server')).not.toContainEqual(
    expect.objectContaining({ nodes: ['n1'] }),
  );
  // With the DHCP server of somebody else the rest is still ours.
  expect(levels(foreign)).toEqual(['ok']);
});

test("with ISC's DHCP server for the site, setup and doctor are content", async () => {
  const isc: Act = { run: ['chtab', 'key=dhcpbackend', 'site.value=isc'] };
  const [said] = await play(isc, ...site, { start: 'serve' }, { start: 'ganesha' }, { doctor: [] });
  expect(levels(said)).toEqual(['ok']);
  const doubted = said?.findings.filter(({ level }) => !['ok', 'note'].includes(level)) ?? [];
  expect(doubted.map(({ check }) => check)).toEqual(['TFTP server']);
  expect(doubted[0]?.hint).toContain("start the site's own");
  expect(said?.findings).toContainEqual(
    expect.objectContaining({
      check: 'DHCP server',
      level: 'note',
      hint: expect.stringContaining('site.dhcpbackend is isc'),
    }),
  );
});
