import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAndRun } from '../../../../mgmt/cli/parse.ts';
import { setup } from '../../../../mgmt/cli/setup.ts';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { parseNames, renderNames } from '../../../../mgmt/setup/dns.ts';
import { sealed } from '../../../../mgmt/setup/seal.ts';
import { contextIn } from '../../../helpers/context-in.ts';

const run = promisify(execFile);

let directory: string;
let store: Store;
let printed: string[];
let warned: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  store = openStore(join(directory, 'state/statelite.db'));
  printed = [];
  warned = [];
  await store.insert(tables.nodelist, { node: 'n1' });
  await store.insert(tables.mac, { node: 'n1', mac: '52:54:00:77:00:01' });
  await store.insert(tables.hosts, { node: 'n1', ip: '10.77.0.11' });
  await store.insert(tables.nodelist, { node: 'n2' });
  await store.insert(tables.statelite, { node: 'n1', statemnt: '10.77.0.1:/state' });
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const at = (path: string) => join(directory, path);

async function statelite(...argv: string[]): Promise<void> {
  const context = contextIn(
    directory,
    store,
    (line) => void printed.push(line),
    (record) => void warned.push(record),
  );
  await parseAndRun(argv, [setup(context)], '0', () => {});
}

const network = ['--network', '10.77.0.0/24', '--server', '10.77.0.1', '--server', 'mn'];

test('setup writes everything, says how to use it and who is left out', async () => {
  await statelite('setup', ...network);
  expect((await readdir(at('etc'))).toSorted()).toEqual([
    'ca-key.pem',
    'ca.pem',
    'generated',
    'server-cert.pem',
    'server-key.pem',
  ]);
  expect((await readdir(at('etc/generated'))).toSorted()).toEqual([
    'dnsmasq-dns.conf',
    'dnsmasq-hosts',
    'dnsmasq-options',
    'dnsmasq.conf',
    'exports',
    'ganesha.conf',
    'statelite.service',
  ]);
  expect(await readFile(at('etc/generated/exports'), 'utf8')).toContain(
    '\n/state 10.77.0.0/24(rw,',
  );
  expect(await readFile(at('tftpboot/boot.ipxe'), 'utf8')).toMatch(/^#!ipxe\n/);
  expect(printed.join('\n')).toContain('dnsmasq.conf: DHCP (nodes by name: 1) and TFTP: dnsmasq ');
  expect(warned.join('\n')).toMatch(/n2 is left out of DHCP/);
});

test('dnsmasq takes the configuration', async () => {
  await statelite('setup', ...network, '--interface', 'lo', '--domain', 'cluster.example');
  const { stderr } = await run('dnsmasq', [
    '--test',
    `--conf-file=${at('etc/generated/dnsmasq.conf')}`,
  ]);
  expect(stderr).toContain('syntax check OK');
});

test('setup writes its own files anew, and stops before a file of somebody else', async () => {
  await statelite('setup', ...network);
  await store.insert(tables.mac, { node: 'n2', mac: '52:54:00:77:00:02' });
  await store.insert(tables.hosts, { node: 'n2', ip: '10.77.0.12' });
  await statelite('setup', ...network);
  const dnsmasq = () => readFile(at('etc/generated/dnsmasq-hosts'), 'utf8');
  expect(await dnsmasq()).toContain('\n52:54:00:77:00:02,10.77.0.12,n2\n');

  await writeFile(at('tftpboot/boot.ipxe'), '#!ipxe\nmine\n');
  await store.remove(tables.nodelist, { node: 'n2' });
  await expect(statelite('setup', ...network)).rejects.toMatchObject({
    code: 'ERR_STATELITE_SETUP',
    message: `${at('tftpboot/boot.ipxe')} was not written by statelite setup`,
  });
  expect(await readFile(at('tftpboot/boot.ipxe'), 'utf8')).toBe('#!ipxe\nmine\n');
  expect(await dnsmasq()).toContain(',n2\n');
});

test('--dry-run shows what would change and writes nothing, --output puts files elsewhere', async () => {
  await statelite('setup', ...network, '--dry-run', '--output', 'out');
  expect(printed.join('\n')).toContain(`+++ ${at('out/dnsmasq.conf')}\n@@ -0,0 +1,`);
  expect(await readdir(directory)).toEqual(['state']);
  expect(printed).toContain(
    'networks row net=10.77.0.0: net=10.77.0.0, mask=255.255.255.0, dhcpserver=10.77.0.1',
  );
  expect(await store.select(tables.networks)).toEqual([]);
  await statelite('setup', ...network, '--output', 'out');
  expect(await readdir(at('out'))).toContain('ganesha.conf');
  printed = [];
  await statelite('setup', ...network, '--output', 'out', '--gateway', '10.77.0.254', '--dry-run');
  expect(printed.join('\n')).toMatch(
    /^-dhcp-option=option:router\n\+dhcp-option=option:router,10\.77\.0\.254$/mu,
  );
  expect(printed).toContain(`${at('out/exports')}: unchanged`);
});

test('the network is kept in its table, where makedhcp finds it', async () => {
  await statelite('setup', ...network, '--range', '10.77.0.100-10.77.0.199');
  await store.upsert(tables.networks, {
    net: '10.77.0.0',
    mask: '255.255.255.0',
    gateway: '10.77.0.9',
  });
  await statelite('setup', ...network, '--domain', 'c.example', '--network6', 'fd77::/64');
  expect(await store.select(tables.networks)).toMatchObject([
    {
      net: '10.77.0.0',
      mask: '255.255.255.0',
      dhcpserver: '10.77.0.1',
      dynamicrange: '10.77.0.100-10.77.0.199',
      gateway: '10.77.0.9',
      domain: 'c.example',
    },
    { net: 'fd77::', mask: '/64' },
  ]);
  const conf = await readFile(at('etc/generated/dnsmasq.conf'), 'utf8');
  expect(conf).toContain('\ndhcp-option=option:router,10.77.0.9\n');
  expect(conf).toContain('\ndhcp-range=fd77::,ra-only,64,1h\n');
});

describe('certificates of administrators', () => {
  test("root's goes where clients of xCAT look for it, in the home that is named", async () => {
    await statelite('setup', ...network, '--home', 'home');
    expect((await readdir(at('home/.xcat'))).toSorted()).toEqual(['ca.pem', 'client-cred.pem']);
    const certificate = new X509Certificate(await readFile(at('home/.xcat/client-cred.pem')));
    expect(certificate.subject).toBe('CN=root');
    printed = [];
    await statelite('setup', ...network, '--home', 'home');
    expect(printed.join('\n')).toMatch(/client-cred\.pem: kept, 109\d days left/u);
  });

  test("what stock xCAT has put into root's home stays, with a warning", async () => {
    await mkdir(at('home/.xcat'), { recursive: true });
    await writeFile(at('home/.xcat/ca.pem'), 'stock');
    await statelite('setup', ...network, '--home', 'home');
    expect(await readdir(at('home/.xcat'))).toEqual(['ca.pem']);
    expect(await readFile(at('home/.xcat/ca.pem'), 'utf8')).toBe('stock');
    expect(warned.join('\n')).toContain(`${at('home/.xcat/ca.pem')} is not from setup: left alone`);
  });

  test('without --home nothing outside of an own directory is touched', async () => {
    await statelite('setup', ...network);
    expect(printed.join('\n')).not.toContain('client-cred.pem');
  });

  test("another administrator's goes to a directory, with the policy row to add", async () => {
    await statelite('setup', ...network);
    printed = [];
    await statelite('setup', '--admin', 'alice', '--out', 'for-alice');
    expect(printed).toEqual([
      `${at('for-alice/client-cred.pem')}: made for alice: there is none yet`,
      'no policy row names alice yet, for everything: chtab priority=1.5 policy.name=alice policy.rule=allow',
    ]);
    expect((await stat(at('for-alice/client-cred.pem'))).mode & 0o777).toBe(0o600);
    await store.insert(tables.policy, { priority: '1.5', name: 'alice', rule: 'allow' });
    printed = [];
    await statelite('setup', '--admin', 'alice', '--out', 'for-alice');
    expect(printed).toEqual([expect.stringMatching(/: kept, 109\d days left$/u)]);
    await expect(statelite('setup', '--admin', 'bob', '--out', 'for-alice')).rejects.toMatchObject({
      code: 'ERR_STATELITE_SETUP',
      message: `${at('for-alice/client-cred.pem')} is not what setup made for bob`,
    });
  });

  test.for([
    [['--admin', 'alice/CN=root', '--out', 'x'], 'ERR_STATELITE_USAGE'],
    [['--admin', 'alice', '--out', 'x'], 'ERR_STATELITE_SETUP'],
    [[], 'ERR_STATELITE_USAGE'],
    [['--network', '10.77.0.0/24'], 'ERR_STATELITE_USAGE'],
  ] as const)('setup %o without a CA is refused', async ([argv, code]) => {
    await expect(statelite('setup', ...argv)).rejects.toMatchObject({ code });
    expect(await readdir(directory)).not.toContain('x');
  });
});

test('policy row 1.2 trusts the server certificate, and is made once', async () => {
  const rows = () => store.select(tables.policy, { priority: '1.2' });
  await statelite('setup', ...network);
  expect(await rows()).toMatchObject([{ name: 'statelite management node', rule: 'trusted' }]);
  await store.upsert(tables.policy, { priority: '1.2', rule: 'deny' });
  await statelite('setup', ...network);
  expect(await rows()).toMatchObject([{ name: 'statelite management node', rule: 'deny' }]);
});

test('--rotate-ca makes the next CA, and when it is there lets it sign', async () => {
  await statelite('setup', ...network);
  await statelite('setup', ...network, '--rotate-ca');
  expect(printed.join('\n')).toContain('the next CA stands beside it');
  await statelite('setup', ...network, '--rotate-ca');
  expect(printed.join('\n')).toContain('the next CA signs from now on');
});

test('the loaders that the nodes are told are there, or it says how to get them', async () => {
  await statelite('setup', ...network);
  const { xnba, pxe } = {
    xnba: ['undionly.kpxe', 'snponly.efi'],
    pxe: ['pxelinux.0', 'ldlinux.c32'],
  };
  expect(await readdir(at('tftpboot'))).toEqual(expect.arrayContaining([...xnba, ...pxe]));
  expect(warned.join('\n')).not.toMatch(/yaboot|aarch64/u);

  await store.insert(tables.noderes, { node: 'n1', netboot: 'yaboot' });
  await store.insert(tables.nodetype, { node: 'n1', arch: 'ppc64' });
  await statelite('setup', ...network);
  expect(warned.join('\n')).toContain(`there is no ${at('tftpboot/yaboot')}`);
});

test('what this machine lacks is a warning: an interface, an address, a directory', async () => {
  await statelite('setup', ...network, '--interface', 'nosuchnic');
  const all = warned.join('\n');
  expect(all).toContain('this machine has no interface nosuchnic');
  expect(all).toContain('there is no /state yet, and no server exports it');
});

test('a network that an earlier setup named by mistake is said to be a row, and how it goes', async () => {
  await statelite('setup', '--network', '10.76.0.0/24', '--server', '10.76.0.1');
  warned.length = 0;
  await statelite('setup', ...network);
  const rows = warned.filter((text) => text.includes('a networks row names it'));
  expect(rows).toEqual([
    expect.stringMatching(/10\.76\.0\.1 .*names it, chtab -d net=10\.76\.0\.0 networks removes/u),
  ]);
});

test('a file that cannot be written is an error with a hint', async () => {
  await mkdir(at('etc/generated/dnsmasq.conf.new'), { recursive: true });
  await expect(statelite('setup', ...network)).rejects.toMatchObject({
    code: 'ERR_STATELITE_SETUP',
    message: expect.stringMatching(/^cannot write .*dnsmasq\.conf: EISDIR$/u),
    hint: expect.stringContaining('run it as root'),
  });
});

test('what the DHCP server would not take is not written', async () => {
  await store.upsert(tables.site, { key: 'dhcpbackend', value: 'kea' });
  await expect(statelite('setup', ...network, '--interface', 'nosuchnic')).rejects.toMatchObject({
    message: expect.stringMatching(
      /^kea-dhcp4 does not take kea-dhcp4\.conf: [^\n]*nosuchnic[^\n]*$/u,
    ),
  });
  expect(warned.join('\n')).toContain('this machine has no interface nosuchnic');
  expect(await readdir(directory)).toEqual(['state']);
});

describe('where site.dhcpbackend is isc', () => {
  beforeEach(async () => store.upsert(tables.site, { key: 'dhcpbackend', value: 'isc' }));

  test('everything is written but what DHCP and TFTP servers read, which a note says once', async () => {
    await statelite('setup', ...network);
    expect((await readdir(at('etc'))).toSorted()).toContain('ca.pem');
    expect((await readdir(at('etc/generated'))).toSorted()).toEqual([
      'exports',
      'ganesha.conf',
      'statelite.service',
    ]);
    expect(await readdir(at('tftpboot'))).toEqual(['boot.ipxe']);
    expect(await store.select(tables.networks)).toMatchObject([{ net: '10.77.0.0' }]);
    const notes = warned.filter((text) => text.includes('DHCP'));
    expect(notes).toEqual([
      expect.stringMatching(
        /dhcpbackend is isc: .* http:\/\/10\.77\.0\.1\/tftpboot\/boot\.ipxe\n$/u,
      ),
    ]);
    expect(warned.join('\n')).not.toContain('dnsmasq');
  });

  test('NICs of site.dhcpinterfaces are for its own server', async () => {
    await store.upsert(tables.site, { key: 'dhcpinterfaces', value: 'eth9' });
    await statelite('setup', ...network);
    expect(warned.join('\n')).not.toContain('dhcpinterfaces');
  });

  test('another word is refused as before', async () => {
    await store.upsert(tables.site, { key: 'dhcpbackend', value: 'iscc' });
    await expect(statelite('setup', ...network)).rejects.toMatchObject({
      code: 'ERR_STATELITE_SETUP',
    });
  });
});

test('a row that is disabled counts again, with what it has; --dry-run says so', async () => {
  const row = { net: '10.77.0.0', mask: '255.255.255.0', gateway: '10.77.0.9', disable: '1' };
  const other = { net: '10.78.0.0', mask: '255.255.255.0', dhcpserver: '10.78.0.1', disable: '1' };
  await store.insert(tables.networks, row);
  await store.insert(tables.networks, other);
  await statelite('setup', ...network, '--dry-run');
  expect(printed).toContain('networks row net=10.77.0.0: dhcpserver=10.77.0.1, disable=');
  expect(await store.select(tables.networks)).toMatchObject([row, other]);

  await statelite('setup', ...network);
  expect(await store.select(tables.networks)).toMatchObject([{ ...row, disable: null }, other]);
  expect(warned.join('\n')).toContain('net=10.77.0.0 was disabled: it counts again');
  const conf = await readFile(at('etc/generated/dnsmasq.conf'), 'utf8');
  expect(conf).toContain('\ndhcp-option=option:router,10.77.0.9\n');
  expect(conf).not.toContain('10.78.0');
});

test('nodes that are gone are gone from DNS too', async () => {
  await statelite('setup', ...network);
  const names = at('etc/generated/dnsmasq-names');
  await writeFile(
    names,
    sealed(renderNames(['10.77.0.11 n1', '10.77.0.99 gone', '10.1.0.11 n1-ib0 # n1'])),
  );
  await statelite('setup', ...network);
  expect(parseNames(await readFile(names, 'utf8'))).toEqual([
    '10.77.0.11 n1',
    '10.1.0.11 n1-ib0 # n1',
  ]);
});

test('of two networks, both are served, and rows that name either address are exported', async () => {
  await store.insert(tables.networks, {
    net: '10.78.0.0',
    mask: '255.255.255.0',
    dhcpserver: '10.78.0.1',
  });
  await store.insert(tables.statelite, { node: 'n2', statemnt: '10.78.0.1:/other' });
  await statelite('setup', ...network);
  const clients = '10.78.0.0/24(rw,sync,no_root_squash,no_subtree_check) 10.77.0.0/24(rw,';
  const exports = await readFile(at('etc/generated/exports'), 'utf8');
  expect(exports).toContain(`\n/other ${clients}`);
  expect(exports).toContain(`\n/state ${clients}`);
  expect(await readFile(at('etc/generated/ganesha.conf'), 'utf8')).toContain(
    'Bind_addr = 0.0.0.0;',
  );
});

test('a network that is none is a usage error', async () => {
  await expect(statelite('setup', '--network', '10.77', '--server', 'x')).rejects.toMatchObject({
    code: 'ERR_STATELITE_USAGE',
  });
});
