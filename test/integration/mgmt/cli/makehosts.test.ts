import { execFile } from 'node:child_process';
import { chmod, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const execute = promisify(execFile);
const own = '127.0.0.1 localhost\n# mine\n10.5.0.1 printer\n';

beforeEach<{ mn: Management }>(async ({ mn }) => {
  await mn.write('hosts', own);
  await mn.run('nodeadd', 'n[1-2]', 'groups=all', 'hosts.ip=|\\D+(\\d+)|10.77.0.($1+10)|');
  await mn.run('chtab', 'key=domain', 'site.value=c.example');
});

const makehosts = (mn: Management, ...argv: string[]) =>
  mn.run('makehosts', '--file', 'hosts', ...argv);
const hosts = (mn: Management) => readFile(join(mn.directory, 'hosts'), 'utf8');

test('a block comes and goes, and the rest of the file stays byte for byte', async ({ mn }) => {
  await makehosts(mn);
  const text = await hosts(mn);
  expect(text.startsWith(own)).toBe(true);
  expect(text).toContain('\n10.77.0.11 n1 n1.c.example\n10.77.0.12 n2 n2.c.example\n');
  expect((await makehosts(mn)).out).toEqual([`${join(mn.directory, 'hosts')}: unchanged`]);
  await makehosts(mn, '-d', 'n1');
  expect(await hosts(mn)).not.toContain('n1');
  await makehosts(mn, '-d');
  expect(await hosts(mn)).toBe(own);
});

test('lines that others add around the block stay where they are', async ({ mn }) => {
  await makehosts(mn);
  await writeFile(join(mn.directory, 'hosts'), `${await hosts(mn)}10.5.0.2 scanner\n`);
  await makehosts(mn, '-l', 'n2');
  const text = await hosts(mn);
  expect(text).toContain('\n10.77.0.12 n2.c.example n2\n');
  expect(text).toMatch(/# <<< statelite\n10\.5\.0\.2 scanner\n$/u);
});

test('--dry-run shows a patch that makes the same file', async ({ mn }) => {
  const { out } = await makehosts(mn, '--dry-run');
  expect(await hosts(mn)).toBe(own);
  await mn.write('change.patch', `${out.join('\n')}\n`);
  const copy = await mn.write('copy', own);
  await execute('patch', [copy, join(mn.directory, 'change.patch')]);
  await makehosts(mn);
  expect(await readFile(copy, 'utf8')).toBe(await hosts(mn));
});

test('--dry-run of what changes nothing says so', async ({ mn }) => {
  await makehosts(mn);
  const said = [`${join(mn.directory, 'hosts')}: unchanged`];
  expect((await makehosts(mn, '--dry-run')).out).toEqual(said);
  await mn.run('noderm', 'all');
  await makehosts(mn);
  expect((await makehosts(mn, '--dry-run')).out).toEqual(said);
});

test('lines of nodes that are gone go with the next makehosts, or by name', async ({ mn }) => {
  await makehosts(mn);
  await mn.run('noderm', 'n1');
  await makehosts(mn, 'n2');
  expect(await hosts(mn)).toContain('10.77.0.11 n1');
  expect((await makehosts(mn, '-d', 'n1')).code).toBe(0);
  expect(await hosts(mn)).not.toContain('n1');

  await mn.run('noderm', 'n2');
  await makehosts(mn);
  expect(await hosts(mn)).toBe(own);
  expect((await makehosts(mn, '-d', 'n1')).code).toBe(1);
});

test('a block that was edited is refused with what would be lost', async ({ mn }) => {
  await makehosts(mn);
  const edited = (await hosts(mn)).replace('10.77.0.11', '10.77.0.99');
  await mn.write('hosts', edited);
  const { code, err } = await makehosts(mn);
  expect(code).toBe(1);
  expect(err).toContain('-10.77.0.99 n1 n1.c.example');
  expect(await hosts(mn)).toBe(edited);
  await makehosts(mn, '--force');
  expect(await hosts(mn)).toContain('\n10.77.0.11 n1 ');
  expect(await readFile(join(mn.directory, 'hosts.saved'), 'utf8')).toBe(edited);
});

test('the file keeps its mode, and a link stays a link', async ({ mn }) => {
  const real = await mn.write('real', own);
  await chmod(real, 0o640);
  await symlink('real', join(mn.directory, 'link'));
  await mn.run('makehosts', '--file', 'link');
  expect(await readlink(join(mn.directory, 'link'))).toBe('real');
  expect((await stat(real)).mode & 0o777).toBe(0o640);
  expect(await readFile(real, 'utf8')).toContain('10.77.0.11 n1');
});

test('a name that somebody else has there with another address is named', async ({ mn }) => {
  await mn.write('hosts', '10.9.9.9 n1\n');
  expect((await makehosts(mn)).err).toContain('has other addresses for n1 outside');
});

test('-n and -d at once is a usage error', async ({ mn }) => {
  expect((await makehosts(mn, '-n', '-d')).code).toBe(2);
});

const generated = (mn: Management, name: string) =>
  readFile(join(mn.directory, 'etc/generated', name), 'utf8');

describe('makedns', () => {
  beforeEach<{ mn: Management }>(async ({ mn }) => {
    await mn.run('chtab', 'net=10.77.0.0,mask=255.255.255.0', 'networks.dhcpserver=10.77.0.1');
  });

  test('turns DNS on for the nodes and off again, and dnsmasq takes both', async ({ mn }) => {
    await mn.run('makedhcp', '-n');
    expect(await generated(mn, 'dnsmasq-dns.conf')).toContain('\nport=0\n');
    expect((await mn.run('makedns')).code).toBe(0);
    expect(await generated(mn, 'dnsmasq-names')).toContain('\n10.77.0.12 n2.c.example n2\n');
    const conf = join(mn.directory, 'etc/generated/dnsmasq.conf');
    await execute('dnsmasq', ['--test', '-C', conf]);
    await mn.run('makedhcp', '-n');
    expect(await generated(mn, 'dnsmasq-dns.conf')).toContain('\nport=53\n');
    await mn.run('makedns', '-d', 'n1');
    expect(await generated(mn, 'dnsmasq-names')).not.toContain('n1');
    await mn.run('makedns', '-d');
    expect(await generated(mn, 'dnsmasq-dns.conf')).toContain('\nport=0\n');
    await execute('dnsmasq', ['--test', '-C', conf]);
  });

  test('names of nodes that are gone go with the next makedns, or by name', async ({ mn }) => {
    await mn.run('makedhcp', '-n');
    await mn.run('makedns');
    const { err } = await mn.run('noderm', 'n1');
    expect(err).toContain('still there of n1: DNS: makedns -d n1\n');
    await mn.run('makedns', 'n2');
    expect(await generated(mn, 'dnsmasq-names')).toContain('n1');
    expect((await mn.run('makedns', '-d', 'n1')).code).toBe(0);
    expect(await generated(mn, 'dnsmasq-names')).not.toContain('n1');
    await mn.run('noderm', 'n2');
    await mn.run('makedns');
    expect(await generated(mn, 'dnsmasq-names')).not.toContain('n2');
  });

  test('a forwarder that is no address is a warning', async ({ mn }) => {
    await mn.run('makedhcp', '-n');
    await mn.run('chtab', 'key=forwarders', 'site.value=9.9.9.9,dns.example');
    expect((await mn.run('makedns')).err).toContain('key=forwarders: dns.example is no address');
    expect(await generated(mn, 'dnsmasq-dns.conf')).toContain('\nserver=9.9.9.9\n');
  });

  test('needs the configuration that it is a part of', async ({ mn }) => {
    const { code, err } = await mn.run('makedns');
    expect(code).toBe(1);
    expect(err).toContain('makedhcp -n writes it');
  });

  test.for([
    [['makedns', '-e'], undefined],
    [['makedns'], 'ddns'],
  ] as const)(
    '%o with dnshandler %s is refused, with what to do',
    async ([argv, handler], { mn }) => {
      await mn.run('makedhcp', '-n');
      if (handler !== undefined) await mn.run('chtab', 'key=dnshandler', `site.value=${handler}`);
      const { code, err } = await mn.run(...argv);
      expect(code).toBe(1);
      expect(err).toContain('chtab key=dnshandler site.value=dnsmasq');
    },
  );
});
