import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admitHandshakes } from '../../../../mgmt/daemon/admit-handshakes.ts';
import { admitRequests } from '../../../../mgmt/daemon/admit-requests.ts';
import { createMetrics } from '../../../../mgmt/daemon/metrics.ts';
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
    () => atWork > 1,
    limits,
  );
  const server = await listening(createServer(admitted));
  return { ...server, open: gate.resolve, metrics, most: () => most };
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

  test('keeps no connection for a further request while there are many', async () => {
    await using server = await slowServer({ atOnce: 9, waiting: 0, patience: patient });
    const agent = new Agent({ keepAlive: true });
    const all = [];
    for (let count = 0; count < 3; count += 1) {
      all.push(ask(server.port, '/v1/boot', undefined, agent));
      await expect.poll(server.most).toBe(count + 1);
    }
    server.open();
    const kept = (await Promise.all(all)).map(({ headers }) => headers.connection);
    expect(kept).toEqual(['keep-alive', 'keep-alive', 'close']);
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

test('so many TLS handshakes go on at a time, the next begins when one is over', async () => {
  const metrics = createMetrics();
  const tls = createTlsServer(await readCredentials(etc));
  admitHandshakes(tls, metrics, { atOnce: 2, waiting: Infinity, patience: patient });
  tls.on('tlsClientError', () => {}); // who goes away
  await using server = await listening(tls);
  const silent = [connectTcp(server.port, '127.0.0.1'), connectTcp(server.port, '127.0.0.1')];
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  const waiting = Array.from({ length: 3 }, () =>
    connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false }),
  );
  await expect.poll(() => gauge(metrics, 'statelite_handshakes_waiting')).toBe(3);
  const all = Promise.all(waiting.map((socket) => once(socket, 'secureConnect')));
  silent[0]?.destroy();
  await all;
  expect(gauge(metrics, 'statelite_handshakes_waiting')).toBe(0);
  for (const socket of [...silent, ...waiting]) socket.destroy();
});
