import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import { fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

afterEach(() => vi.unstubAllEnvs());

/** A command that has to succeed. */
async function done(mn: Management, ...argv: string[]): Promise<void> {
  const { code, err } = await mn.run(...argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
}

async function add(mn: Management, node: string, number: number): Promise<void> {
  const values = [`mac.mac=52:54:00:77:00:0${number}`, `hosts.ip=10.77.0.1${number}`];
  await done(mn, 'nodeadd', node, 'groups=all', 'noderes.netboot=xnba', ...values);
}

/** A DHCP configuration that knows no node yet. */
async function configure(mn: Management, backend: 'dnsmasq' | 'kea'): Promise<void> {
  const network = 'net=10.77.0.0 mask=255.255.255.0 dhcpserver=10.77.0.1 tftpserver=10.77.0.1';
  const columns = network.split(' ').map((word) => `networks.${word}`);
  await done(mn, 'chtab', 'netname=boot', ...columns);
  await done(mn, 'chtab', 'key=master', 'site.value=10.77.0.1');
  await done(mn, 'chtab', 'key=dhcpbackend', `site.value=${backend}`);
  await done(mn, 'makedhcp', '-n');
}

/** What the DHCP server knows of nodes. */
async function reservations(mn: Management): Promise<string> {
  const directory = join(mn.directory, 'etc/generated');
  const names = (await readdir(directory)).filter((name) => /hosts|reservations/u.test(name));
  const texts = names.map((name) => readFile(join(directory, name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

test('nodeset brings reservations up to date where there is a DHCP configuration, and only there', async ({
  mn,
}) => {
  await add(mn, 'cn01', 1);
  await done(mn, 'nodeset', 'cn01', 'boot');
  await expect(readdir(join(mn.directory, 'etc/generated'))).rejects.toThrow('ENOENT');

  await configure(mn, 'dnsmasq');
  await add(mn, 'cn02', 2);
  await done(mn, 'nodeset', 'cn02', 'boot');
  expect(await reservations(mn)).toContain('52:54:00:77:00:02');
  await done(mn, 'nodeset', 'cn02', 'offline');
  expect(await reservations(mn)).not.toContain('52:54:00:77:00:02');
});

test('the server looks at reservations that are new, and none that it would not take is written', async ({
  mn,
}) => {
  await configure(mn, 'kea');
  await add(mn, 'cn01', 1);
  await add(mn, 'cn02', 2);
  await done(mn, 'nodeset', 'cn01', 'boot');
  const before = await reservations(mn);
  expect(before).toContain('52:54:00:77:00:01');

  const programs = await fakePrograms(join(mn.directory, 'bin'), { reads: false });
  await programs.make('kea-dhcp4', 'echo "ERROR no such class" >&2; exit 1');
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  await done(mn, 'nodeset', 'cn01', 'boot');
  expect(await programs.calls()).toEqual([]); // it has been looked at
  const { code, err } = await mn.run('nodeset', 'cn01,cn02', 'boot');
  expect([code, err]).toEqual([
    0,
    expect.stringContaining('DHCP was not brought up to date: ERR_STATELITE_SETUP: '),
  ]);
  expect(err).toContain('ERROR no such class');
  expect(await programs.calls()).toHaveLength(1);
  expect(await reservations(mn)).toBe(before);
});

test('a directory that cannot be written is a warning: the nodes are set', async ({ mn }) => {
  await configure(mn, 'dnsmasq');
  await add(mn, 'cn01', 1);
  const generated = join(mn.directory, 'etc/generated');
  const hosts = join(generated, 'dnsmasq-hosts');
  await rm(hosts, { force: true });
  await mkdir(hosts);
  const { code, out, err } = await mn.run('nodeset', 'cn01', 'boot');
  expect([code, out]).toEqual([0, ['cn01: boot']]);
  expect(err).toMatch(/DHCP was not brought up to date: .*EISDIR/u);
});

test.for([
  ['isc', ''],
  ['iscc', 'DHCP was not brought up to date'],
] as const)(
  'with site.dhcpbackend=%s nodeset says %j of DHCP',
  async ([backend, words], { mn }) => {
    await add(mn, 'cn01', 1);
    await done(mn, 'chtab', 'key=dhcpbackend', `site.value=${backend}`);
    const { code, err } = await mn.run('nodeset', 'cn01', 'boot');
    expect(code).toBe(0);
    if (words === '') expect(err).not.toContain('DHCP');
    else expect(err).toContain(words);
  },
);

test('nodes in a network that is left to another DHCP server are nothing to warn of, others once', async ({
  mn,
}) => {
  await done(mn, 'chtab', 'net=10.78.0.0,mask=255.255.255.0', 'networks.dhcpserver=10.78.0.1');
  await done(mn, 'chtab', 'net=10.78.0.0', 'networks.mgtifname=eth9');
  await configure(mn, 'dnsmasq');
  await done(mn, 'chtab', 'key=dhcpinterfaces', 'site.value=eth9');
  for (const number of [1, 2, 3, 4]) await add(mn, `cn0${number}`, number);
  const move = async (node: string, ip: string) => done(mn, 'nodech', node, `hosts.ip=${ip}`);
  await move('cn02', '10.79.0.12');
  await move('cn03', '10.79.0.13');
  await move('cn04', '10.78.0.14');
  const { code, err } = await mn.run('nodeset', 'cn[01-04]', 'boot');
  expect(code).toBe(0);
  const warned = err.split('\n').filter((line) => line.includes('DHCP'));
  expect(warned).toEqual([expect.stringContaining('cn[02-03] are left out of DHCP: their')]);
  expect(await reservations(mn)).toContain('10.78.0.14,cn04');
});
