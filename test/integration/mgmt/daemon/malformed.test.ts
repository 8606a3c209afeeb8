import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from '../../../../mgmt/daemon/metrics.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { startTestDaemon } from '../../../helpers/daemon.ts';
import { api, health, isServing, rest, tcp, tls } from '../../../helpers/raw-clients.ts';

let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));

describe('HTTP that two readers could take for different requests', () => {
  const post = 'POST /v1/status HTTP/1.1\r\nHost: mn\r\n';
  const smuggled = 'GET /v1/boot HTTP/1.1\r\nHost: mn\r\n\r\n';
  test.each([
    [
      'length and chunks',
      `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`],
    ['a list of lengths', `${post}Content-Length: 4, 4\r\n\r\nabcd`],
    ['a signed length', `${post}Content-Length: +4\r\n\r\nabcd`],
    ['an unknown coding', `${post}Transfer-Encoding: chunked, cow\r\n\r\n0\r\n\r\n`],
    [
      'a chunk size that is none',
      `${post}Transfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n`,
    ],
    ['a chunk longer than said', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nabcd\r\n0\r\n\r\n`],
    ['a chunk ended by LF', `${post}Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n`],
    ['a blank before the colon', `${post}Content-Length : 4\r\n\r\nabcd`],
    ['a folded header', `${post}X: a\r\n Content-Length: 4\r\n\r\nabcd`],
    ['a NUL', `${post}X: \0\r\n\r\n`],
    ['a bare CR', `${post}X: a\rContent-Length: 4\r\n\r\n`],
    ['no host', 'GET /v1/health HTTP/1.1\r\n\r\n'],
    ['another protocol', 'GET /v1/health HTCPCP/1.0\r\nHost: mn\r\n\r\n'],
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s: refused, and nothing after it is read', async (_, bytes) => {
    await using server = await startTestDaemon(etc);
    for (const socket of [await api(server.ports.tls), tcp(server.ports.http)]) {
      socket.write(`${bytes}${smuggled}`);
      const answer = await rest(socket);
      expect(answer).toMatch(/^(HTTP\/1\.1 [45]\d\d |$)/);
      expect(answer).not.toMatch(/^HTTP\/1\.1 2/m);
    }
    expect(server.statuses).toEqual([]);
  });

  test('headers that are too long, or a request for another host, get a refusal', async () => {
    await using server = await startTestDaemon(etc);
    const end = 'Host: mn\r\nConnection: close\r\n';
    for (const [bytes, code] of [
      [`GET / HTTP/1.1\r\n${end}X: ${'x'.repeat(9000)}\r\n\r\n`, '431'],
      [`GET http://192.0.2.1/v1/boot HTTP/1.1\r\n${end}\r\n`, '404'],
      [`GET //192.0.2.1/v1/boot HTTP/1.1\r\n${end}\r\n`, '404'],
      [`GET /v1/boot HTTP/1.1\r\n${end}Expect: miracles\r\n\r\n`, '417'],
    ] as const) {
      const socket = await api(server.ports.tls);
      socket.write(bytes);
      expect(await rest(socket)).toMatch(new RegExp(`^HTTP/1.1 ${code} `));
    }
    const tunnel = await api(server.ports.tls);
    tunnel.write('CONNECT 192.0.2.1:22 HTTP/1.1\r\nHost: 192.0.2.1:22\r\n\r\n');
    expect(await rest(tunnel)).toBe('');
  });
});

describe('what is no TLS, or no JSON', () => {
  test.each([
    ['HTTP', health],
    ['an endless record', `\x16\x03\x01\xff\xff${'\0'.repeat(70_000)}`],
    ['an alert', '\x15\x03\x03\x00\x02\x02\x28'],
    ['SSL 2', '\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10'],
  ])('%s on the TLS port is closed and counted', async (_, bytes) => {
    const metrics = createMetrics();
    await using server = await startTestDaemon(etc, { metrics }, { limits: { handshake: 300 } });
    const socket = tcp(server.ports.tls);
    socket.end(Buffer.from(bytes, 'latin1'));
    await rest(socket);
    await expect.poll(() => metrics.render()).toContain('statelite_tls_errors_total 1');
    await isServing(server.ports.tls);
  });

  test('a connection that ends without a word is closed', async () => {
    await using server = await startTestDaemon(etc);
    const socket = tcp(server.ports.tls);
    socket.end();
    expect(await rest(socket)).toBe('');
  });

  test('a client that speaks only protocols we do not is told so', async () => {
    await using server = await startTestDaemon(etc);
    await expect(tls(server.ports.tls, 'h2')).rejects.toThrow('no application protocol');
  });

  test.each([
    ['deep', '['.repeat(1_000_000)],
    ['a prototype', '{"__proto__":{"status":"booted"}}'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['nothing', ''],
    ['numbers out of range', '{"version":1e999,"took":-1e999}'],
  ])('%s: 400, and the daemon lives', async (_, body) => {
    await using server = await startTestDaemon(etc);
    const socket = await api(server.ports.tls);
    const length = Buffer.byteLength(body);
    socket.write(
      `POST /v1/report HTTP/1.1\r\nHost: mn\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`,
    );
    socket.write(body);
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 400 /);
    await isServing(server.ports.tls);
  });
});

test('boot files of other directories cannot be named', async () => {
  await using server = await startTestDaemon(etc, {}, { tftpdir: join(etc, '.') });
  for (const path of [
    '/tftpboot/../../etc/passwd',
    '/tftpboot/..%2f..%2fetc/passwd',
    '/tftpboot/%2e%2e/%2e%2e/etc/passwd',
    '/tftpboot//etc/passwd',
    '/tftpboot/large%00.txt',
    '/tftpboot/..\\..\\etc\\passwd',
    '/../etc/passwd',
    'file:///etc/passwd',
  ]) {
    const socket = tcp(server.ports.http);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: mn\r\nConnection: close\r\n\r\n`);
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 (404|400) /);
  }
});
