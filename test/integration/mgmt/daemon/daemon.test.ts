import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portOf } from '../../../../mgmt/daemon/listen.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { bootAnswer, startTestDaemon, view } from '../../../helpers/daemon.ts';

let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));

async function openTls(port: number): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  });
  await once(socket, 'secureConnect');
  return socket;
}

/** What the server says first, nothing if it closes. */
async function firstWords(socket: Socket): Promise<string> {
  const [words] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return Buffer.isBuffer(words) ? words.toString() : '';
}

test('a port that is taken is named, with the option that chooses another', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const port = portOf(other);
  const started = startTestDaemon(etc, {}, { ports: { tls: 0, status: port, http: 0 } });
  await expect(started).rejects.toMatchObject({
    code: 'ERR_STATELITE_CONFIG',
    message: `node status: cannot listen on 127.0.0.1:${port}`,
    hint: expect.stringContaining('--status-port'),
  });
  other.close();
});

test('an address of another machine is named', async () => {
  await expect(startTestDaemon(etc, {}, { host: '192.0.2.1' })).rejects.toMatchObject({
    hint: expect.stringContaining('--listen'),
  });
});

test('new certificates are used by the next connection, old connections stay', async () => {
  const own = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(own, ['127.0.0.1'], new Date());
  await using server = await startTestDaemon(own);
  const before = await openTls(server.ports.tls);
  await ensureCertificates(own, ['127.0.0.1', 'mn'], new Date());
  await server.daemon.reload();
  const after = await openTls(server.ports.tls);
  expect(before.getPeerCertificate().subjectaltname).toBe('IP Address:127.0.0.1');
  expect(after.getPeerCertificate().subjectaltname).toBe('IP Address:127.0.0.1, DNS:mn');
  before.write('GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(String(await once(before, 'data'))).toContain('200 OK');
  before.destroy();
  after.destroy();
  await rm(own, { recursive: true });
});

test('a peer has a limited number of connections, on all ports together', async () => {
  await using server = await startTestDaemon(etc, {}, { limits: { perPeer: 3 } });
  const kept = [await openTls(server.ports.tls), await openTls(server.ports.tls)];
  const third = connectTcp(server.ports.status, '127.0.0.1');
  expect(await firstWords(third)).toBe('ready\n');
  expect(await firstWords(connectTcp(server.ports.status, '127.0.0.1'))).toBe('');
  third.destroy();
  await expect.poll(() => firstWords(connectTcp(server.ports.status, '127.0.0.1'))).toBe('ready\n');
  for (const socket of kept) socket.destroy();
});

test('closing waits for an answer that is being made, not for idle connections', async () => {
  const { promise: asked, resolve: wasAsked } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const server = await startTestDaemon(etc, {
    view: async () => {
      wasAsked();
      await gate;
      return view;
    },
  });
  const idle = await openTls(server.ports.tls);
  const busy = await openTls(server.ports.tls);
  busy.write('GET /v1/boot HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked;
  const closed = server.daemon.close();
  await once(idle, 'close');
  open();
  const [answer] = await once(busy, 'data');
  expect(String(answer)).toContain(`"image":"${bootAnswer.image}"`);
  await closed;
  await expect(openTls(server.ports.tls)).rejects.toThrow('ECONNREFUSED');
});
