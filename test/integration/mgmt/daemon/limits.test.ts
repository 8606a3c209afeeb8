import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stockRequest } from '../../../../agent/protocol/stock-xml.ts';
import { createMetrics } from '../../../../mgmt/daemon/metrics.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { startTestDaemon, view } from '../../../helpers/daemon.ts';
import { api, health, host, isServing, rest, tcp, tls } from '../../../helpers/raw-clients.ts';

let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  await using large = await open(join(etc, 'large'), 'w');
  await large.truncate(largeSize);
});
afterAll(() => rm(etc, { recursive: true }));

/** More than the buffers of two sockets. */
const largeSize = 64 * 1024 * 1024;
/** Sends byte by byte until it cannot; gives what was answered. */
async function trickle(socket: Socket, bytes: string): Promise<string> {
  const answer = rest(socket);
  for (const byte of bytes) {
    if (socket.destroyed || !socket.writable) break;
    socket.write(byte);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return answer;
}

describe('who takes too many connections', () => {
  test('silent connections make room for one that asks', async () => {
    const metrics = createMetrics();
    await using server = await startTestDaemon(etc, { metrics }, { limits: { connections: 4 } });
    const silent = Array.from({ length: 12 }, () => tcp(server.ports.tls));
    await expect.poll(() => metrics.render()).toContain('refused_total{reason="idle"} 8');
    await isServing(server.ports.tls);
    expect(metrics.render()).toContain('refused_total{reason="idle"} 9');
    for (const socket of silent) socket.destroy();
  });

  test('a thousand who say nothing do not keep waiting one that asks', async () => {
    await using server = await startTestDaemon(etc);
    const silent = Array.from({ length: 1000 }, (_, index) =>
      connectTcp({
        host,
        port: server.ports.tls,
        localAddress: `127.0.2.${1 + (index % 20)}`,
      }).on('error', () => {}),
    );
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    const begun = Date.now();
    await isServing(server.ports.tls);
    // Well below the time that a handshake may take.
    expect(Date.now() - begun).toBeLessThan(5000);
    for (const socket of silent) socket.destroy();
  });

  test('connections that are owed an answer are kept, the newest goes', async () => {
    const { promise: gate, resolve: opened } = Promise.withResolvers<void>();
    const { promise: asked, resolve: wasAsked } = Promise.withResolvers<void>();
    const slowView = async () => {
      wasAsked();
      await gate;
      return view;
    };
    await using server = await startTestDaemon(
      etc,
      { view: slowView },
      { limits: { connections: 1 } },
    );
    const busy = await api(server.ports.tls);
    busy.write(health);
    await asked;
    expect(await rest(tcp(server.ports.status))).toBe('');
    opened();
    expect(String(await once(busy, 'data'))).toContain('200 OK');
    busy.destroy();
  });
});

describe('who is slow', () => {
  test('a handshake byte by byte is cut', async () => {
    await using server = await startTestDaemon(etc, {}, { limits: { handshake: 200 } });
    const begun = Date.now();
    // A record of 16 KiB that would take minutes.
    await trickle(tcp(server.ports.tls), '\x16\x03\x01\x40\x00\x01'.padEnd(16_000, '\0'));
    expect(Date.now() - begun).toBeLessThan(20_000);
    await isServing(server.ports.tls);
  });

  test('headers byte by byte are cut, on both HTTP servers', async () => {
    await using server = await startTestDaemon(etc, {}, { limits: { idle: 200 } });
    const long = `GET /v1/health HTTP/1.1\r\nHost: mn\r\nX: ${'x'.repeat(3000)}`;
    const answers = [
      trickle(await api(server.ports.tls), long),
      trickle(tcp(server.ports.http), long),
    ];
    expect(await Promise.all(answers)).toEqual(['', '']);
  });

  test('a body byte by byte is cut', async () => {
    await using server = await startTestDaemon(etc, {}, { limits: { progress: 300 } });
    const socket = await api(server.ports.tls);
    socket.write('POST /v1/report HTTP/1.1\r\nHost: mn\r\nContent-Length: 5000\r\n\r\n');
    expect(await trickle(socket, ' '.repeat(4000))).toBe('');
  });

  test('a stock request byte by byte is cut after so many pieces', async () => {
    await using server = await startTestDaemon(etc);
    const socket = await tls(server.ports.tls);
    socket.setNoDelay();
    const answer = rest(socket);
    socket.write('<xcatrequest>');
    for (let pieces = 0; pieces < 2000 && socket.writable; pieces += 1) {
      if (socket.readableEnded) break;
      socket.write(' ');
      await new Promise(setImmediate);
    }
    expect(await answer).toBe('');
  });

  test('who does not read a boot file is cut, and the file closed', async () => {
    await using server = await startTestDaemon(etc, {}, { limits: { progress: 200 } });
    const socket = tcp(server.ports.http).pause();
    socket.write('GET /tftpboot/large HTTP/1.1\r\nHost: mn\r\n\r\n');
    await expect.poll(() => server.log.join('\n')).toContain('broken off after');
    socket.destroy();
  });

  test('who reads a boot file steadily gets it whole', async () => {
    const limits = { progress: 1000, progressBytes: 1 };
    await using server = await startTestDaemon(etc, {}, { limits });
    const answer = await fetch(`http://${host}:${server.ports.http}/tftpboot/large`);
    let length = 0;
    for await (const chunk of answer.body ?? []) {
      length += chunk.length;
      if (length < 5_000_000) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(length).toBe(largeSize);
  });

  test('who does not read a stock answer is cut', async () => {
    const metrics = createMetrics();
    const lines = Array.from({ length: 20_000 }, () => `n1: tmpfs         /${'x'.repeat(1000)}`);
    await using server = await startTestDaemon(
      etc,
      { metrics, view: async () => ({ ...view, stockLines: async () => lines }) },
      { limits: { exchange: 1500 } },
    );
    const socket = (await tls(server.ports.tls)).pause();
    socket.write(stockRequest('litefile'));
    await expect.poll(() => server.log.join('\n'), { timeout: 10_000 }).toContain('20000 lines');
    await expect
      .poll(() => metrics.render(), { timeout: 10_000 })
      .toMatch(/^statelite_connections 0$/m);
    socket.destroy();
  });
});

describe('who sends many requests at once', () => {
  test('a few are answered in order', async () => {
    await using server = await startTestDaemon(etc);
    const socket = await api(server.ports.tls);
    const boot = 'GET /v1/boot HTTP/1.1\r\nHost: mn\r\n\r\n';
    const last = 'GET /v1/health HTTP/1.1\r\nHost: mn\r\nConnection: close\r\n\r\n';
    socket.write(`${health}${boot}${health}${last}`);
    const answers = (await rest(socket)).split('HTTP/1.1 ').slice(1);
    const isBoot = answers.map((answer) => answer.includes('"image"'));
    expect(isBoot).toEqual([false, true, false, false]);
  });

  test('hundreds are not', async () => {
    const { promise: never } = Promise.withResolvers<typeof view>();
    let asked = 0;
    const counting = () => {
      asked += 1;
      return never;
    };
    await using server = await startTestDaemon(etc, { view: counting });
    const socket = await api(server.ports.tls);
    socket.write(health.repeat(500));
    expect(await rest(socket)).toBe('');
    expect(asked).toBeLessThan(20);
  });

  test('a connection ends after so many requests', async () => {
    const limits = { requestsPerConnection: 2, idle: 300 };
    await using server = await startTestDaemon(etc, {}, { limits });
    const socket = await api(server.ports.tls);
    socket.write(health.repeat(3));
    const codes = [...(await rest(socket)).matchAll(/^HTTP\/1.1 (\d+)/gm)].map(([, code]) => code);
    expect(codes).toEqual(['200', '200', '503']);
  });
});
