import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { bootReport } from '../../../helpers/boot-report.ts';

let directory: string;
let store: Store;
let child: ChildProcess;
let log: string;
let ports: { tls: number; status: number; http: number };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  store = openStore(join(directory, 'state/statelite.db'));
  await store.insert(tables.nodelist, { node: 'n1' });
  await store.insert(tables.hosts, { node: 'n1', ip: '127.0.0.1' });
  await store.insert(tables.nodetype, { node: 'n1', provmethod: 'compute' });
  await store.insert(tables.litefile, { image: 'ALL', file: '/etc/motd', options: 'tmpfs' });
  await mkdir(join(directory, 'tftpboot'));
  await ensureCertificates(join(directory, 'etc'), ['127.0.0.1'], new Date());
  await start();
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await store.close();
  await rm(directory, { recursive: true });
});

/** Resolves with the `ready` line. */
async function start(): Promise<void> {
  const script = new URL('../../../helpers/serve-process.ts', import.meta.url).pathname;
  const argv = ['serve', '--listen', '127.0.0.1'];
  const anyPort = ['--port', '0', '--status-port', '0', '--http-port', '0'];
  child = spawn(process.execPath, [script, directory, ...argv, ...anyPort]);
  log = '';
  child.stderr?.on('data', (chunk) => (log += String(chunk)));
  let printed = '';
  for await (const chunk of child.stdout ?? []) {
    printed += String(chunk);
    if (printed.endsWith('ready\n')) break;
  }
  const [tls = 0, status = 0, http = 0] = [...printed.matchAll(/port (\d+)$/gm)].map(lastPort);
  ports = { tls, status, http };
}

const lastPort = ([, digits]: RegExpMatchArray) => Number(digits);

async function api(method: string, path: string, body?: unknown): Promise<string> {
  const ca = await readFile(certificatePaths(join(directory, 'etc')).ca);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const alpn = { ALPNProtocols: ['http/1.1'] };
  request({ host: '127.0.0.1', port: ports.tls, ca, agent: false, ...alpn, method, path }, resolve)
    .on('error', reject)
    .end(body === undefined ? undefined : JSON.stringify(body));
  return text(await promise);
}

test('a daemon answers from the tables as they are, and records what nodes say', async () => {
  expect(JSON.parse(await api('GET', '/v1/boot'))).toMatchObject({
    node: 'n1',
    image: 'compute',
    litefile: [{ file: '/etc/motd', options: 'tmpfs', specificity: 'ALL' }],
  });
  await store.insert(tables.litefile, { image: 'compute', file: '/etc/motd', options: 'ro' });
  expect(await api('GET', '/v1/boot')).toContain('"options":"ro","specificity":"image"');

  expect(await api('POST', '/v1/report', bootReport)).toBe('');
  const kept = () => readdir(join(directory, 'state/reports/n1'));
  await expect.poll(kept).toHaveLength(1);

  const socket = connect(ports.status, '127.0.0.1');
  socket.write('installstatus booted\n');
  expect(await text(socket)).toBe('ready\ndone\n');
  const [row] = await store.select(tables.nodelist);
  expect(row).toMatchObject({
    status: 'booted',
    statustime: expect.stringMatching(/^\d\d-\d\d-\d{4} \d\d:\d\d:\d\d$/),
  });

  await writeFile(join(directory, 'tftpboot/boot.ipxe'), '#!ipxe\n');
  const script = await fetch(`http://127.0.0.1:${ports.http}/tftpboot/boot.ipxe`);
  expect(await script.text()).toBe('#!ipxe\n');
  expect(log).toMatch(/^<6>statelited: n1: boot answer, 1 files, image compute, \d+ ms$/m);
});

test('a tree may stand where a command says, once the cluster lets commands run', async () => {
  await store.insert(tables.noderes, { node: 'n1', nfsserver: 'nfs1' });
  await store.upsert(tables.nodetype, { node: 'n1', profile: 'service' });
  await store.insert(tables.litetree, {
    priority: '1',
    image: 'ALL',
    directory: '$noderes.nfsserver:/syncdirs/$nodetype.profile/#CMD=uname -r#/',
  });

  expect(JSON.parse(await api('GET', '/v1/boot'))).toMatchObject({
    error: { code: 'ERR_STATELITE_VARIABLE' },
  });
  await expect
    .poll(() => log)
    .toMatch(/n1: GET \/v1\/boot \d+\n.*litetree row priority=1.*#CMD= is not switched on/);

  await store.insert(tables.site, { key: 'statelitecmd', value: 'yes' });
  expect(JSON.parse(await api('GET', '/v1/boot'))).toMatchObject({
    litetree: [{ directory: `nfs1:/syncdirs/service/${release()}/` }],
  });
});

test("a node is known by an address that its group's row makes from its name", async () => {
  await store.remove(tables.hosts, { node: 'n1' });
  await store.upsert(tables.nodelist, { node: 'n1', groups: 'all' });
  expect(await api('GET', '/v1/boot')).toContain('no node has the address 127.0.0.1');
  await store.insert(tables.hosts, { node: 'all', ip: '|n(\\d+)|127.0.0.($1)|' });
  expect(await api('GET', '/v1/boot')).toContain('"node":"n1"');
});

test('SIGHUP reads the certificates again, broken ones leave the old in use', async () => {
  child.kill('SIGHUP');
  await expect.poll(() => log).toContain('certificates read again');
  await writeFile(certificatePaths(join(directory, 'etc')).cert, 'garbage');
  child.kill('SIGHUP');
  await expect.poll(() => log).toContain('the old certificates stay');
  expect(await api('GET', '/v1/health')).toContain('ok');
});

test('SIGTERM ends the daemon, with a connection open', async () => {
  const idle = connect(ports.status, '127.0.0.1');
  await once(idle, 'data');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(log).toContain('stopping');
});
