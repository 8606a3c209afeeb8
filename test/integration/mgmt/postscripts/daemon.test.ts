import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { startTestDaemon, type TestDaemon, view } from '../../../helpers/daemon.ts';

let directory: string;
let server: TestDaemon;
let isAllowed: boolean;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(join(directory, 'etc'), ['127.0.0.1'], new Date());
  isAllowed = true;
  const decide = () => ({ allowed: isAllowed, trusted: false, row: '1' });
  server = await startTestDaemon(
    join(directory, 'etc'),
    { view: async () => ({ ...view, decide }) },
    { installdir: join(directory, 'install'), state: join(directory, 'state') },
  );
  await plant('site/first', '#!/bin/sh\necho first\n');
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function plant(path: string, content: string): Promise<void> {
  const place = join(directory, 'install/postscripts', path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, content);
}

interface From {
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly method?: string;
}

/** Of the API by TLS, or of the HTTP port. */
async function get(path: string, from: From = {}, body?: unknown) {
  const isApi = path.startsWith('/v1/');
  const port = isApi ? server.ports.tls : server.ports.http;
  const options = { host: '127.0.0.1', port, path, agent: false as const, ...from };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const ca = await readFile(certificatePaths(join(directory, 'etc')).ca, 'utf8');
  const secure = { ...options, ca, ALPNProtocols: ['http/1.1'] };
  const asking = isApi ? httpsRequest(secure) : httpRequest(options);
  asking.on('response', resolve).on('error', reject);
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await promise;
  const text = (await buffer(response)).toString();
  return { status: response.statusCode, type: response.headers['content-type'], text };
}

describe('a node gets by TLS', () => {
  test('its mypostscript', async () => {
    const { status, type, text } = await get('/v1/postscript');
    expect([status, type, text]).toEqual([
      200,
      'text/plain; charset=utf-8',
      "NODE='n1'\nexport NODE\n",
    ]);
  });

  test('the digests of the scripts, and each by its digest', async () => {
    const { text } = await get('/v1/postscripts');
    const [line = ''] = text.split('\n').filter((each) => each.endsWith('  site/first'));
    const [digest = ''] = line.split(' ');
    expect(await get(`/v1/postscripts/${digest}`)).toEqual({
      status: 200,
      type: 'application/octet-stream',
      text: '#!/bin/sh\necho first\n',
    });
    expect((await get(`/v1/postscripts/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await get('/v1/postscripts/..%2f..%2fetc')).status).toBe(404);
  });

  test.for(['/v1/postscript', '/v1/postscripts', '/v1/credentials/authorized_keys'])(
    'nothing of %s if no policy row allows it; strangers never',
    async (path) => {
      isAllowed = false;
      expect((await get(path)).status).toBe(403);
      isAllowed = true;
      expect((await get(path, { localAddress: '127.0.0.2' })).status).toBe(403);
    },
  );
});

describe('credentials', () => {
  const key = '/v1/credentials/ssh_host_ed25519_key';

  test('are for root: a port below 1024 proves it', async () => {
    expect(await get(key)).toMatchObject({ status: 403, text: expect.stringContaining('root') });
    const { status, text } = await get(key, { localPort: 601 });
    expect([status, text.split('\n')[0]]).toEqual([200, '-----BEGIN OPENSSH PRIVATE KEY-----']);
  });

  test('stay the same for a node, and are readable by nobody else here', async () => {
    const ports = [602, 603, 604];
    const all = await Promise.all(ports.map((localPort) => get(key, { localPort })));
    expect(new Set(all.map(({ text }) => text)).size).toBe(1);
    const kept = join(directory, 'state/hostkeys');
    expect((await stat(kept)).mode & 0o777).toBe(0o700);
    expect((await stat(join(kept, 'n1/ssh_host_ed25519_key'))).mode & 0o777).toBe(0o600);
    const { text } = await get(`${key}.pub`, { localPort: 605 });
    expect(text).toMatch(/^ssh-ed25519 \S+ n1\n$/u);
  });

  test('are who may log in, if somebody may', async () => {
    const path = '/v1/credentials/authorized_keys';
    expect((await get(path, { localPort: 606 })).status).toBe(404);
    await plant('_ssh/authorized_keys', 'ssh-ed25519 AAAA\n');
    expect((await get(path, { localPort: 607 })).text).toBe('ssh-ed25519 AAAA\n');
  });

  test('have no other names', async () => {
    for (const name of ['..%2fdb', 'ssh_host_rsa_key', 'id_rsa']) {
      expect((await get(`/v1/credentials/${name}`, { localPort: 608 })).status).toBe(404);
    }
  });
});

describe('a stock node gets by HTTP', () => {
  test.for(['/install/postscripts', 'own'])('a page of links, and the files: %s', async (where) => {
    const base = where === 'own' ? `${join(directory, 'install')}/postscripts` : where;
    const top = await get(`${base}/`);
    expect([top.status, top.type]).toEqual([200, 'text/html']);
    expect(top.text).toContain('<a href="site/">');
    expect(top.text).toContain('<a href="syslog">');
    expect((await get(`${base}/site/`)).text).toContain('<a href="first">');
    expect((await get(`/${base}/site/first`)).text).toBe('#!/bin/sh\necho first\n');
  });

  test('no private key, nothing outside, and nothing as a stranger', async () => {
    const key = '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n';
    await plant('_ssh/id_rsa', key);
    await writeFile(join(directory, 'install/secret'), 'x');
    const paths = ['_ssh/id_rsa', '../secret', '%2e%2e/secret', 'none', 'site/first/'];
    for (const path of paths) {
      expect([path, (await get(`/install/postscripts/${path}`)).status]).toEqual([path, 404]);
    }
    const stranger = { localAddress: '127.0.0.2' };
    expect((await get('/install/postscripts/site/first', stranger)).status).toBe(404);
    expect((await get('/install/postscripts/', { method: 'POST' })).status).toBe(405);
  });
});

test('a status may tell how an application is, which is recorded first', async () => {
  const body = { status: 'failed', appstatus: 'postscripts=failed:site/first:3' };
  expect((await get('/v1/status', { method: 'POST' }, body)).status).toBe(204);
  expect(server.statuses).toEqual(['n1 postscripts=failed:site/first:3', 'n1 failed']);
  const odd = { status: 'failed', appstatus: 'a=b,c=d' };
  expect((await get('/v1/status', { method: 'POST' }, odd)).status).toBe(400);
});
