import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const path = (mn: Management, name: string) => join(mn.directory, 'etc/generated', name);
const generated = (mn: Management, name: string) => readFile(path(mn, name), 'utf8');

/** A command that has to succeed. */
async function done(mn: Management, ...argv: string[]): Promise<void> {
  const { code, err } = await mn.run(...argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
}

afterEach(() => vi.unstubAllEnvs());

beforeEach<{ mn: Management }>(async ({ mn }) => {
  await done(mn, 'chtab', 'net=10.77.0.0,mask=255.255.255.0', 'networks.dhcpserver=10.77.0.1');
  await done(mn, 'nodeadd', 'n[1-2]', 'groups=all');
  await done(mn, 'nodech', 'n1', 'hosts.ip=10.77.0.11', 'hosts.hostnames=login');
  await done(mn, 'nodech', 'n2', 'hosts.ip=10.77.0.12');
  await done(mn, 'makedhcp', '-n');
});

describe('taking names away', () => {
  test('turns no DNS on where it was off', async ({ mn }) => {
    await done(mn, 'makedns');
    await done(mn, 'makedns', '-d');
    await done(mn, 'makedns', '-d', 'n1');
    expect(await generated(mn, 'dnsmasq-dns.conf')).toContain('\nport=0\n');
  });

  test('writes no configuration of DNS where there is none', async ({ mn }) => {
    await done(mn, 'makedns');
    await rm(path(mn, 'dnsmasq-dns.conf'));
    await done(mn, 'makedns', '-d', 'n1');
    expect(await generated(mn, 'dnsmasq-names')).not.toContain('n1');
    await expect(generated(mn, 'dnsmasq-dns.conf')).rejects.toThrow('ENOENT');
  });

  test('leaves DNS on where it was', async ({ mn }) => {
    await done(mn, 'makedns');
    await done(mn, 'makedns', '-d', 'n1');
    expect(await generated(mn, 'dnsmasq-dns.conf')).toContain('\nport=53\n');
    expect(await generated(mn, 'dnsmasq-names')).toContain('n2');
  });
});

test('what dnsmasq would not take is not written, but with --force', async ({ mn }) => {
  const programs = await fakePrograms(join(mn.directory, 'bin'), { reads: false });
  await programs.make('dnsmasq', 'echo "dnsmasq: bad name at line 7 of ${2#*=}" >&2; exit 1');
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  const before = await generated(mn, 'dnsmasq-dns.conf');
  const { code, err } = await mn.run('makedns');
  expect([code, err]).toEqual([
    1,
    expect.stringContaining(
      'dnsmasq does not take dnsmasq-dns.conf: dnsmasq: bad name at line 7 of dnsmasq-dns.conf',
    ),
  ]);
  expect(await generated(mn, 'dnsmasq-dns.conf')).toBe(before);
  await expect(generated(mn, 'dnsmasq-names')).rejects.toThrow('ENOENT');
  await done(mn, 'makedns', '--force');
  expect(await generated(mn, 'dnsmasq-names')).toContain('10.77.0.11 n1 login\n');
});

test('a domain that is none is left out, and dnsmasq takes the rest', async ({ mn }) => {
  const long = `${'x'.repeat(64)}.example`;
  await done(mn, 'chtab', 'key=domain', `site.value=${long}`);
  await done(mn, 'makedns');
  expect(await generated(mn, 'dnsmasq-dns.conf')).not.toContain(long);
});
