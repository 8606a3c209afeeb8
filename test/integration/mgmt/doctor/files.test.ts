import { createWriteStream, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { chmod, mkdtempDisposable, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { compressor } from '../../../../initramfs/compress.ts';
import { cpio, type CpioEntry } from '../../../../initramfs/cpio.ts';
import { type CertificateFiles, judgeCertificates } from '../../../../mgmt/doctor/certificates.ts';
import { readDhcp } from '../../../../mgmt/doctor/dhcp-server.ts';
import { readNfsServer } from '../../../../mgmt/doctor/nfs-server.ts';
import { readFromInitramfs } from '../../../../mgmt/doctor/read-archive.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { database } from '../../../../mgmt/doctor/database.ts';
import { marker } from '../../../../mgmt/setup/seal.ts';
import { openStore } from '../../../../mgmt/db/store.ts';

const directory = () => mkdtempDisposable(join(tmpdir(), 'statelite-doctor-'));
const now = new Date();

async function certificatesIn(etc: string) {
  const { ca, cert, key } = certificatePaths(etc);
  const [a, b, c] = await Promise.all([ca, cert, key].map((path) => readFile(path, 'utf8')));
  return { ca: a, cert: b, key: c, keyMode: 0o600 };
}

test('certificates as setup makes them are fine, for the names and the time they are for', async () => {
  await using own = await directory();
  await using other = await directory();
  const etc = own.path;
  await ensureCertificates(etc, ['10.0.0.1', 'mn'], now);
  await ensureCertificates(other.path, ['10.0.0.1'], now);
  const files = await certificatesIn(etc);
  const theirs = await certificatesIn(other.path);
  const judge = (part: Partial<CertificateFiles>, names = ['10.0.0.1'], years = 0) => {
    const moment = new Date(Date.now() + 1000 + years * 365.25 * 86_400_000);
    return judgeCertificates({ ...files, ...part }, { etc, now: moment, names });
  };
  expect(judge({})).toMatchObject([{ level: 'ok' }]);
  expect(judge({}, ['10.0.0.2'])).toMatchObject([
    {
      level: 'fail',
      message: 'the server certificate is for 10.0.0.1, mn, and nodes ask 10.0.0.2',
      hint: expect.stringContaining('--server 10.0.0.1 --server mn --server 10.0.0.2'),
    },
  ]);
  expect(judge({ ca: theirs.ca })[0]?.message).toContain('was not signed by');
  expect(judge({ key: theirs.key })[0]?.message).toContain('is not the key of');
  expect(judge({ keyMode: 0o644 })).toMatchObject([
    { level: 'warn', hint: expect.stringContaining('chmod 600') },
  ]);
  expect(judge({ cert: 'nonsense' })[0]?.message).toContain('not readable');
  expect(judge({}, [], 2.95)).toMatchObject([{ level: 'warn' }]);
  expect(judge({}, [], 4)).toMatchObject([
    { level: 'fail', message: expect.stringContaining('ended on') },
  ]);
  expect(judge({}, [], -1).map(({ hint }) => hint)).toContain(
    'correct the clock: timedatectl set-ntp true',
  );
});

const entries: CpioEntry[] = [
  { path: '/etc', kind: 'directory', mode: 0o755 },
  { path: '/dev/console', kind: 'device', mode: 0o600, major: 5, minor: 1 },
  {
    path: '/big',
    kind: 'file',
    mode: 0o644,
    size: 300_001,
    content: { data: Buffer.alloc(300_001, 7) },
  },
  {
    path: '/etc/ca.pem',
    kind: 'file',
    mode: 0o644,
    size: 5,
    content: { data: Buffer.from('hello') },
  },
  {
    path: '/init',
    kind: 'file',
    mode: 0o755,
    size: 900_000,
    content: { data: Buffer.alloc(900_000) },
  },
];

test.each(['zstd', 'gzip', 'none'] as const)(
  'a file of an initramfs, packed by %s',
  async (kind) => {
    await using at = await directory();
    const path = join(at.path, 'initrd');
    await pipeline(Readable.from(cpio(entries)), compressor(kind, 1), createWriteStream(path));
    expect((await readFromInitramfs(path, 'etc/ca.pem'))?.toString()).toBe('hello');
    expect(await readFromInitramfs(path, 'etc/none')).toBeUndefined();
  },
);

test.each([
  ['text', 'no archive'],
  ['what only begins like gzip', '\u001f\u008bnonsense'],
])('%s is no initramfs', async (_, text) => {
  await using at = await directory();
  const path = join(at.path, 'initrd');
  await writeFile(path, text, 'latin1');
  await expect(readFromInitramfs(path, 'x')).rejects.toMatchObject({
    code: 'ERR_STATELITE_INITRAMFS',
  });
});

/** A machine of which only some files are there. */
function machineWith(root: string, files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, now, settings: settingsIn(root) };
}

function settingsIn(root: string) {
  return {
    etc: join(root, 'etc'),
    state: join(root, 'state'),
    database: join(root, 'state/statelite.db'),
    installdir: join(root, 'install'),
    tftpdir: join(root, 'tftpboot'),
    agent: join(root, 'agent'),
  };
}

test('the exports of the kernel are those it has, not those that are written', async () => {
  await using at = await directory();
  const machine = machineWith(at.path, {
    '/proc/fs/nfsd/threads': '8\n',
    '/var/lib/nfs/etab': '/a\t*(ro,no_root_squash)\n',
    '/etc/exports': '/b *(rw)\n',
    '/etc/exports.d/x.exports': '/c *(rw)\n',
    '/etc/exports.d/x.bak': '/d *(rw)\n',
  });
  expect(await readNfsServer(machine)).toMatchObject({
    by: 'kernel',
    exports: [{ path: '/a' }],
    written: [{ path: '/b' }, { path: '/c' }],
  });
});

test('nfs-ganesha is read by the file of its command line', async () => {
  await using at = await directory();
  const files = {
    '/proc/7/comm': 'ganesha.nfsd\n',
    '/proc/7/cmdline': 'ganesha.nfsd\0-f\0/etc/g.conf\0',
    '/etc/g.conf': 'EXPORT { Path = "/a"; Access_Type = RO; Squash = None; }',
  };
  expect(await readNfsServer(machineWith(at.path, files))).toMatchObject({
    by: 'ganesha',
    exports: [{ path: '/a', client: '*', access: 'ro', keepsRoot: true }],
    remembering: '/etc/g.conf',
  });
  const included = { ...files, '/etc/g.conf': '%include "x"\n' };
  expect(await readNfsServer(machineWith(at.path, included))).toMatchObject({ kind: 'unseen' });
});

test('a machine without any NFS server has none', async () => {
  await using at = await directory();
  expect(await readNfsServer(machineWith(at.path, {}))).toEqual({ kind: 'none' });
});

/** proc_pid_stat(5) of a process that started 1 s after the machine. */
const started = `7 (dns masq) S ${'0 '.repeat(18)}100 0 0`;

test('dnsmasq is read with the files it includes, and a change after its start is seen', async () => {
  await using at = await directory();
  const machine = machineWith(at.path, {
    '/proc/stat': 'cpu 1\nbtime 1700000000\n',
    '/proc/7/comm': 'dnsmasq\n',
    '/proc/7/stat': started,
    '/proc/7/cmdline': 'dnsmasq\0--conf-file=/etc/a.conf\0',
    '/proc/8/comm': 'dnsmasq\n',
    '/proc/8/cmdline': 'dnsmasq\0-C\0/etc/libvirt.conf\0',
    '/etc/libvirt.conf': 'port=0\n',
    '/etc/a.conf': 'conf-dir=/etc/d,*.conf\ndhcp-boot=x\n',
    '/etc/d/b.conf': 'dhcp-host=52:54:00:00:00:01,10.0.0.7,cn07\n',
  });
  utimesSync(join(at.path, 'etc/a.conf'), 1_600_000_000, 1_600_000_000);
  const { servers } = await readDhcp(machine);
  expect(servers).toMatchObject([
    {
      pid: 7,
      config: { reservations: [{ name: 'cn07' }], bootFiles: ['x'] },
      changed: ['/etc/d/b.conf'],
    },
  ]);
});

test('nodes in a file of their own are read, and that dnsmasq may not do so is seen', async () => {
  await using at = await directory();
  const machine = machineWith(at.path, {
    '/proc/7/comm': 'dnsmasq\n',
    '/proc/7/cmdline': 'dnsmasq\0-C/etc/s/a.conf\0',
    '/etc/s/a.conf': 'dhcp-boot=x\ndhcp-hostsfile=/etc/s/hosts\n',
    '/etc/s/hosts': '# x\n52:54:00:00:00:01,set:pxe,10.0.0.7,cn07\n',
  });
  const read = async () => (await readDhcp(machine)).servers[0];
  const reservations = [{ mac: '52:54:00:00:00:01', address: '10.0.0.7', name: 'cn07' }];
  await chmod(join(at.path, 'etc/s'), 0o700);
  expect(await read()).toMatchObject({ config: { reservations }, hidden: ['/etc/s'] });
  await chmod(join(at.path, 'etc/s'), 0o755);
  expect(await read()).toMatchObject({ hidden: [] });
});

test('Kea is read with the files it includes; ours it was told to read again', async () => {
  await using at = await directory();
  const conf = '{ "Dhcp4": { "subnet4": [ { "reservations": <?include "/etc/k/r.json"?> } ] } }';
  const write = (head: string) =>
    machineWith(at.path, {
      '/proc/stat': 'cpu 1\nbtime 1700000000\n',
      '/proc/7/comm': 'kea-dhcp4\n',
      '/proc/7/stat': started,
      '/proc/7/cmdline': 'kea-dhcp4\0-c\0/etc/k/kea.conf\0',
      '/etc/k/kea.conf': `${head}\n${conf}`,
      '/etc/k/r.json': '// x\n[ { "hw-address": "52:54:00:00:00:01", "hostname": "cn07" } ]',
    });
  expect((await readDhcp(write(`// ${marker}`))).servers).toMatchObject([
    { name: 'kea-dhcp4', config: { reservations: [{ name: 'cn07' }] }, changed: [] },
  ]);
  expect((await readDhcp(write('// mine'))).servers).toMatchObject([
    { changed: ['/etc/k/kea.conf'] },
  ]);
});

test("servers of another network, a container's, are not ours", async () => {
  await using at = await directory();
  const machine = machineWith(at.path, {
    '/proc/7/comm': 'dnsmasq\n',
    '/proc/7/cmdline': 'dnsmasq\0-C/etc/a.conf\0',
    '/etc/a.conf': 'dhcp-boot=x\n',
  });
  const link = (pid: string, name: string) => {
    mkdirSync(join(at.path, 'proc', pid, 'ns'), { recursive: true });
    symlinkSync(name, join(at.path, 'proc', pid, 'ns/net'));
  };
  link('self', 'net:[1]');
  expect((await readDhcp(machine)).servers).toHaveLength(1);
  link('7', 'net:[2]');
  expect((await readDhcp(machine)).servers).toEqual([]);
});

test('a database is sound, open to others, or damaged', async () => {
  await using at = await directory();
  const machine = { root: '/', now, settings: settingsIn(at.path) };
  const path = machine.settings.database;
  const look = () => database.look(machine, AbortSignal.timeout(9000));
  expect(await look()).toEqual([]);
  await openStore(path).close();
  expect(await look()).toMatchObject([{ level: 'ok' }]);
  await chmod(path, 0o644);
  expect(await look()).toMatchObject([{ level: 'warn', hint: `chmod 600 ${path}*` }]);
  await truncate(path, 5000);
  expect(await look()).toMatchObject([{ level: 'fail' }, { level: 'warn' }]);
});

test('the database of somebody else is not taken for a damaged one', async () => {
  await using at = await directory();
  const machine = { root: '/', now, settings: settingsIn(at.path) };
  await openStore(machine.settings.database).close();
  await chmod(at.path, 0o700);
  process.seteuid?.(65_534);
  try {
    await expect(database.look(machine, AbortSignal.timeout(9000))).rejects.toMatchObject({
      code: 'EACCES',
    });
  } finally {
    process.seteuid?.(0);
  }
});
