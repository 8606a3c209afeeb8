import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../../../agent/log.ts';
import { createBootFiles } from '../../../../mgmt/daemon/boot-files.ts';
import { createMetrics, type Metrics } from '../../../../mgmt/daemon/metrics.ts';
import { portOf } from '../../../../mgmt/daemon/listen.ts';
import { view } from '../../../helpers/daemon.ts';

let directory: string;
let server: Server;
let log: string[];
let metrics: Metrics;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  await mkdir(join(directory, 'tftpboot/xcat'), { recursive: true });
  await writeFile(join(directory, 'secret'), 'root:x:0:0\n');
  await writeFile(join(directory, 'tftpboot/xcat/kernel'), '0123456789');
  await utimes(join(directory, 'tftpboot/xcat/kernel'), 1_700_000_000, 1_700_000_000);
  log = [];
  const logger = createLogger('test', (record) => void log.push(record.trimEnd()));
  const tftpdir = join(directory, 'tftpboot');
  metrics = createMetrics();
  const deps = { view: async () => view, log: logger, metrics };
  server = createServer(createBootFiles({ tftpdir, installdir: join(directory, 'install') }, deps));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

const port = () => portOf(server);

/** From 127.0.0.1, which is n1, or as a stranger. */
async function get(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  localAddress = '127.0.0.1',
) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const place = { host: '127.0.0.1', port: port(), localAddress, agent: false };
  request({ ...place, path, method, headers }, resolve)
    .on('error', reject)
    .end();
  const response = await promise;
  const text = (await buffer(response)).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

const kernel = '/tftpboot/xcat/kernel';

describe('a boot file', () => {
  test('is sent whole, and the log says to whom', async () => {
    const { status, text, headers } = await get(kernel);
    expect([status, text, headers['content-length']]).toEqual([200, '0123456789', '10']);
    // Logged once the file is closed, which the client does not wait for.
    await expect
      .poll(() => log)
      .toEqual([
        expect.stringMatching(/^<6>test: n1: GET \/tftpboot\/xcat\/kernel 200, 10 bytes, \d+ ms$/),
      ]);
  });

  test('may be asked for without its bytes', async () => {
    const { status, text, headers } = await get(kernel, {}, 'HEAD');
    expect([status, text, headers['content-length']]).toEqual([200, '', '10']);
  });

  test('may be had in part', async () => {
    const { status, text, headers } = await get(kernel, { Range: 'bytes=2-4' });
    expect([status, text, headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
    expect((await get(kernel, { Range: 'bytes=7-' })).text).toBe('789');
    const beyond = await get(kernel, { Range: 'bytes=10-' });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */10']);
  });

  test('is not sent again to who has it', async () => {
    const { headers } = await get(kernel);
    const etag = String(headers.etag);
    const date = String(headers['last-modified']);
    expect((await get(kernel, { 'If-None-Match': etag })).status).toBe(304);
    expect((await get(kernel, { 'If-Modified-Since': date })).status).toBe(304);
    expect((await get(kernel, { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  test('is continued only if it is still the same', async () => {
    const { headers } = await get(kernel);
    const range = { Range: 'bytes=2-4' };
    expect((await get(kernel, { ...range, 'If-Range': String(headers.etag) })).status).toBe(206);
    expect((await get(kernel, { ...range, 'If-Range': '"other"' })).status).toBe(200);
  });

  test('may be empty, and may have blanks in its name', async () => {
    await writeFile(join(directory, 'tftpboot/a b'), '');
    expect(await get('/tftpboot/a%20b')).toMatchObject({ status: 200, text: '' });
  });

  test('may be a link to another one, as pxelinux.cfg has them', async () => {
    await symlink('xcat/kernel', join(directory, 'tftpboot/0A000001'));
    expect((await get('/tftpboot/0A000001')).text).toBe('0123456789');
  });

  test('of 40 MB goes through as it is', async () => {
    await truncate(join(directory, 'tftpboot/xcat/kernel'), 40_000_000);
    expect((await get(kernel)).text).toHaveLength(40_000_000);
  });

  test('that a client breaks off is logged as far as it came', async () => {
    await truncate(join(directory, 'tftpboot/xcat/kernel'), 400_000_000);
    const socket = connect(port(), '127.0.0.1');
    socket.write(`GET ${kernel} HTTP/1.0\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await expect.poll(() => log.join()).toContain('of 400000000 bytes');
    expect(log.join()).toContain('n1: GET /tftpboot/xcat/kernel 200, broken off after ');
  });
});

describe('nothing is found', () => {
  test.for([
    '/tftpboot/nosuch',
    '/tftpboot/xcat',
    '/tftpboot/xcat/',
    '/tftpboot/xcat/kernel/x',
    '/secret',
    '/tftpboot/../secret',
    '/tftpboot/%2e%2e/secret',
    '/tftpboot/xcat/..%2f..%2fsecret',
    '/tftpboot/%00',
  ])('at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
    await expect.poll(() => log.join()).toContain(' 404, ');
  });

  test.for([
    ['../secret', '/tftpboot/link'],
    ['..', '/tftpboot/link/secret'],
    ['/etc/passwd', '/tftpboot/link'],
    ['/', '/tftpboot/link/etc/passwd'],
    ['link', '/tftpboot/link'],
  ] as const)('through a link to %s', async ([target, path]) => {
    await symlink(target, join(directory, 'tftpboot/link'));
    expect((await get(path)).status).toBe(404);
  });

  test('in a FIFO, which is not waited for', async () => {
    await promisify(execFile)('mkfifo', [join(directory, 'tftpboot/fifo')]);
    expect((await get('/tftpboot/fifo')).status).toBe(404);
  });

  test('by other methods', async () => {
    const { status, headers } = await get(kernel, {}, 'DELETE');
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a packed image', () => {
  const image = 'install/netboot/debian12/x86_64/compute';
  const packed = () => `/${join(directory, image, 'rootimg-statelite.gz')}`; // stock has two slashes
  beforeEach(async () => {
    await mkdir(join(directory, image, 'rootimg/etc'), { recursive: true });
    const names = ['rootimg-statelite.gz', 'rootimg-statelite.gz.sha256', 'rootimg-statelite.txt'];
    const inside = ['rootimg/rootimg-statelite.gz', 'rootimg/etc/shadow', 'kernel'];
    for (const name of [...names, ...inside]) {
      await writeFile(join(directory, image, name), '0123456789');
    }
    await writeFile(join(directory, 'install/rootimg-statelite.gz'), 'no image is here');
  });

  test('is sent to a node, also in part, with as many slashes as one likes', async () => {
    expect(await get(packed())).toMatchObject({ status: 200, text: '0123456789' });
    expect((await get(`//${packed()}`)).status).toBe(200);
    expect((await get(packed().slice(1))).status).toBe(200);
    expect(await get(packed(), { Range: 'bytes=4-' })).toMatchObject({
      status: 206,
      text: '456789',
    });
    expect((await get(`${packed()}.sha256`)).status).toBe(200);
    expect((await get(packed(), {}, 'HEAD')).headers['content-length']).toBe('10');
  });

  test('is not there for an address that no node has, and that is logged and counted', async () => {
    for (const path of [packed(), `${packed()}.sha256`, `${packed()}x`]) {
      expect((await get(path, {}, 'GET', '127.0.0.2')).status).toBe(404);
    }
    await expect
      .poll(() => log.join('\n'))
      .toMatch(/<4>test: 127\.0\.0\.2: GET \S+ 404 \(no node has this address\), \d+ ms/u);
    expect(metrics.render()).toContain('statelite_unknown_peers_total{protocol="http"} 2');
    expect((await get(kernel, {}, 'GET', '127.0.0.2')).status).toBe(200);
  });

  test.for([
    'install/netboot/debian12/x86_64/compute/rootimg-statelite.txt',
    'install/netboot/debian12/x86_64/compute/kernel',
    'install/netboot/debian12/x86_64/compute/rootimg/etc/shadow',
    'install/netboot/debian12/x86_64/compute/rootimg/rootimg-statelite.gz',
    'install/netboot/debian12/x86_64/compute',
    'install/netboot/debian12/../../../secret',
    'install/netboot/debian12/x86_64/compute/%2e%2e/compute/rootimg-statelite.gz',
    'install/rootimg-statelite.gz',
    'secret',
  ])('is all that is served: not %s', async (path) => {
    expect((await get(`/${directory}/${path}`)).status).toBe(404);
  });

  test('is not served through a link out of the images', async () => {
    await symlink('/etc/passwd', join(directory, image, 'rootimg-statelite.sfs'));
    expect((await get(`/${join(directory, image)}/rootimg-statelite.sfs`)).status).toBe(404);
  });
});
