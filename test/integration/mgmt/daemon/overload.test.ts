import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admitRequests } from '../../../../mgmt/daemon/admit-requests.ts';
import { trackConnections } from '../../../../mgmt/daemon/connections.ts';
import { createMetrics } from '../../../../mgmt/daemon/metrics.ts';
import { admitTls } from '../../../../mgmt/daemon/tls-places.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { readCredentials } from '../../../helpers/daemon.ts';
import { listening } from '../../../helpers/fake-server.ts';

let etc: string;
beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));

/** A server whose every answer waits for `open`, but for that to a monitor. */
async function slowServer(limits: { atOnce: number; waiting: number; patience: number }) {
  const gate = Promise.withResolvers<void>();
  const metrics = createMetrics();
  let isCrowded = false;
  let atWork = 0;
  let most = 0;
  const admitted = admitRequests(
    (asked, response) => {
      most = Math.max(most, (atWork += 1));
      response.prependListener('close', () => (atWork -= 1));
      if (asked.url === '/v1/health') response.end('ok');
      else void gate.promise.then(() => response.end('answer'));
    },
    metrics,
    () => isCrowded,
    limits,
  );
  const server = await listening(createServer(admitted));
  return {
    ...server,
    open: gate.resolve,
    metrics,
    most: () => most,
    crowd: (is: boolean) => void (isCrowded = is),
  };
}

async function ask(port: number, path = '/v1/boot', body?: string, agent: Agent | false = false) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const method = body === undefined ? 'GET' : 'POST';
  request({ host: '127.0.0.1', port, path, method, agent }, resolve).on('error', reject).end(body);
  const response = await promise;
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

const patient = 60_000;
const gauge = (metrics: { render: () => string }, name: string) =>
  Number(new RegExp(`^${name} (\\d+)`, 'mu').exec(metrics.render())?.[1]);

describe('a daemon with too much to do', () => {
  test('answers 503 with Retry-After, and never lets more wait than it may', async () => {
    await using server = await slowServer({ atOnce: 2, waiting: 3, patience: patient });
    const first = Array.from({ length: 5 }, () => ask(server.port));
    await expect.poll(() => gauge(server.metrics, 'statelite_requests_waiting')).toBe(3);
    const refused = await Promise.all(Array.from({ length: 20 }, () => ask(server.port)));
    for (const { status, headers, text: said } of refused) {
      expect(status).toBe(503);
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(31);
      expect(JSON.parse(said)).toMatchObject({ error: { code: 'ERR_STATELITE_OVERLOAD' } });
    }
    // Told the same, they would come back in one moment.
    expect(new Set(refused.map(({ headers }) => headers['retry-after'])).size).toBeGreaterThan(1);
    expect(gauge(server.metrics, 'statelite_requests_waiting')).toBe(3);
    server.open();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 200,
    ]);
    expect(server.most()).toBe(2);
    expect(gauge(server.metrics, 'statelite_requests_shed_total')).toBe(20);
  });

  test('refuses who has waited too long', async () => {
    await using server = await slowServer({ atOnce: 1, waiting: 9, patience: 50 });
    const first = ask(server.port);
    expect(await ask(server.port, '/v1/report', '{}')).toMatchObject({ status: 503 });
    server.open();
    expect(await first).toMatchObject({ status: 200 });
  });

  test('forgets who goes away while it waits', async () => {
    await using server = await slowServer({ atOnce: 1, waiting: 1, patience: patient });
    const first = ask(server.port);
    const going = connectTcp(server.port, '127.0.0.1');
    going.write('GET /v1/boot HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => gauge(server.metrics, 'statelite_requests_waiting')).toBe(1);
    going.destroy();
    await expect.poll(() => gauge(server.metrics, 'statelite_requests_waiting')).toBe(0);
    server.open();
    expect(await first).toMatchObject({ status: 200 });
  });

  test('keeps a connection for what a booting node asks, and for no more while others wait', async () => {
    await using server = await slowServer({ atOnce: 9, waiting: 0, patience: patient });
    server.open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const asked = async () => {
      const { headers } = await ask(server.port, '/v1/boot', undefined, agent);
      return headers.connection;
    };
    server.crowd(true);
    const kept = [await asked(), await asked(), await asked(), await asked()];
    expect(kept).toEqual(['keep-alive', 'keep-alive', 'keep-alive', 'close']);
    server.crowd(false);
    for (let count = 0; count < 9; count += 1) expect(await asked()).toBe('keep-alive');
    agent.destroy();
  });

  test('still tells a monitor how it is', async () => {
    await using server = await slowServer({ atOnce: 1, waiting: 0, patience: patient });
    const first = ask(server.port);
    await expect.poll(server.most).toBe(1);
    expect(await ask(server.port, '/v1/health')).toMatchObject({ status: 200, text: 'ok' });
    server.open();
    await first;
  });
});

/** Two places; who is quiet for `quiet` milliseconds gives its own to one that waits. */
async function twoPlaces(quiet: number, handshake = patient) {
  const metrics = createMetrics();
  const tls = createTlsServer(await readCredentials(etc));
  const connections = trackConnections({ perPeer: 99, connections: 99 });
  const places = { atOnce: 2, waiting: Infinity, patience: patient };
  admitTls(tls, connections, metrics, { handshake, quiet }, places);
  tls.prependListener('connection', connections.admit);
  tls.on('tlsClientError', () => {}); // who goes away
  tls.on('secureConnection', (socket) => {
    const asks = connections.waiting(socket);
    socket.once('data', () => {
      asks();
      socket.write('answer');
    });
  });
  const { port, ...server } = await listening(tls);
  const open = () => connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  return {
    ...server,
    open,
    /** Begins a handshake and leaves it at that. */
    stall: () => connectTcp(port, '127.0.0.1').on('error', () => {}),
    waiting: () => gauge(metrics, 'statelite_handshakes_waiting'),
  };
}
const secure = (socket: TLSSocket) => once(socket, 'secureConnect');

describe('TLS connections', () => {
  test('are so many at a time, the next begins when one is over', async () => {
    await using server = await twoPlaces(patient);
    const first = [server.open(), server.open()];
    await Promise.all(first.map(secure));
    const others = [server.open(), server.open(), server.open()];
    await expect.poll(server.waiting).toBe(3);
    const next = secure(others[0] ?? server.open());
    first[0]?.destroy();
    await next;
    expect(server.waiting()).toBe(2);
    for (const socket of [...first, ...others]) socket.destroy();
  });

  test('that say nothing take no place', async () => {
    await using server = await twoPlaces(patient);
    const silent = [server.stall(), server.stall(), server.stall()];
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    const socket = server.open();
    await secure(socket);
    expect(server.waiting()).toBe(0);
    for (const one of [...silent, socket]) one.destroy();
  });

  test('that stop in their handshake, or ask nothing, make room for who waits', async () => {
    await using server = await twoPlaces(50);
    const stalled = server.stall();
    stalled.write('\x16\x03\x01\x40\x00\x01');
    const idle = server.open();
    await secure(idle);
    const ends = [once(stalled, 'close'), once(idle, 'close')];
    const others = [server.open(), server.open()];
    await Promise.all(others.map(secure));
    await Promise.all(ends);
    expect(server.waiting()).toBe(0);
    for (const socket of others) socket.destroy();
  });

  test('that are owed an answer keep their places however long it takes', async () => {
    await using server = await twoPlaces(50);
    const owed = [server.open(), server.open()];
    await Promise.all(owed.map(secure));
    for (const socket of owed) {
      socket.write('question');
      await once(socket, 'data');
    }
    const waiting = server.open();
    waiting.on('error', () => {});
    await expect.poll(server.waiting).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1200)); // it was looked for quiet ones twice
    expect(owed.map(({ destroyed }) => destroyed)).toEqual([false, false]);
    for (const socket of [...owed, waiting]) socket.destroy();
  });

  test('are cut when the handshake takes too long, whether anybody waits or not', async () => {
    await using server = await twoPlaces(patient, 100);
    const stalled = server.stall();
    stalled.write('\x16\x03\x01\x40\x00\x01');
    await once(stalled, 'close');
    expect(stalled.bytesRead).toBe(0);
  });
});
