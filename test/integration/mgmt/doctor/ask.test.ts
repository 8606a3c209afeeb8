import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { askHttp } from '../../../../mgmt/doctor/ask-http.ts';
import { askTcp } from '../../../../mgmt/doctor/ask-tcp.ts';
import { askTftp } from '../../../../mgmt/doctor/ask-tftp.ts';
import { askTls } from '../../../../mgmt/doctor/ask-tls.ts';
import { portOwner } from '../../../../mgmt/doctor/port-owner.ts';
import { judgeTls } from '../../../../mgmt/doctor/ports.ts';
import { askMountd } from '../../../../mgmt/doctor/rpcbind.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { readCredentials, startTestDaemon } from '../../../helpers/daemon.ts';
import { closedPort, fakeServer, listening } from '../../../helpers/fake-server.ts';

const host = '127.0.0.1';
const directory = () => mkdtempDisposable(join(tmpdir(), 'statelite-doctor-'));

/** A TFTP server that answers every packet in the same way, and keeps what it was sent. */
async function fakeTftp(...replies: readonly Buffer[]) {
  const socket = createSocket('udp4');
  const received: Buffer[] = [];
  const left = [...replies];
  socket.on('message', (packet, from) => {
    received.push(packet);
    const reply = left.shift();
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  const { port } = socket.address();
  const close = () => new Promise<void>((resolve) => void socket.close(() => resolve()));
  return { port, received, [Symbol.asyncDispose]: close };
}

test('a TFTP server is asked for one block, and told to stop', async () => {
  await using server = await fakeTftp(Buffer.from('\0\u0003\0\u0001#!ipxe', 'latin1'));
  expect(await askTftp({ host, port: server.port }, 'boot.ipxe')).toEqual({
    kind: 'served',
    bytes: Buffer.from('#!ipxe'),
  });
  await expect.poll(() => server.received.length).toBe(2);
  expect(server.received[0]).toEqual(Buffer.from('\0\u0001boot.ipxe\0octet\0', 'latin1'));
  expect(server.received[1]?.readUInt16BE(0)).toBe(5);
});

test("a TFTP server's own words are told, without what could forge lines", async () => {
  await using server = await fakeTftp(Buffer.from('\0\u0005\0\u0001not\nfound\0', 'latin1'));
  const answer = await askTftp({ host, port: server.port }, 'x');
  expect(answer).toEqual({ kind: 'failed', why: 'it answers: not?found' });
});

test('a TFTP server that loses the first request is asked again', async () => {
  const socket = createSocket('udp4');
  let seen = 0;
  socket.on('message', (_, from) => {
    seen += 1;
    if (seen === 2)
      socket.send(Buffer.from('\0\u0003\0\u0001x', 'latin1'), from.port, from.address);
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  const answer = await askTftp({ host, port: socket.address().port }, 'x');
  socket.close();
  expect(answer.kind).toBe('served');
});

test('an HTTP server is asked for the beginning of a file', async () => {
  await using server = await listening(
    createServer((request, response) => {
      response.statusCode = request.url === '/tftpboot/x' ? 200 : 404;
      response.end('a'.repeat(5000));
    }),
  );
  const answer = await askHttp({ host, port: server.port }, '/tftpboot/x');
  expect(answer).toEqual({ kind: 'served', bytes: Buffer.alloc(512, 'a') });
  expect(await askHttp({ host, port: server.port }, '/y')).toEqual({
    kind: 'failed',
    why: 'it answers 404',
  });
});

test('ports on which nobody listens refuse', async () => {
  const target = { host, port: await closedPort() };
  expect(await askTcp(target)).toEqual({ kind: 'refused' });
  expect(await askTls(target)).toEqual({ kind: 'refused' });
  expect(await askHttp(target, '/')).toEqual({ kind: 'refused' });
});

test('the first words of a TCP server, and a server that closes without any', async () => {
  await using talking = await fakeServer((socket) => socket.write('ready\n'));
  await using silent = await fakeServer((socket) => socket.end());
  expect(await askTcp({ host, port: talking.port })).toEqual({ kind: 'answered', text: 'ready\n' });
  expect(await askTcp({ host, port: silent.port })).toEqual({ kind: 'answered', text: undefined });
});

test('our daemon is well, and known by its certificate', async () => {
  await using etc = await directory();
  await ensureCertificates(etc.path, [host], new Date());
  await using daemon = await startTestDaemon(etc.path);
  const port = daemon.ports.tls;
  const answer = await askTls({ host, port });
  const { cert } = await readCredentials(etc.path);
  const own = new X509Certificate(cert).fingerprint256;
  expect(answer).toEqual({ kind: 'answered', status: 200, fingerprint: own });

  await using other = await directory();
  await ensureCertificates(other.path, [host], new Date());
  const renewed = new X509Certificate((await readCredentials(other.path)).cert).fingerprint256;
  const owner = await portOwner({ root: '/' }, 'tcp', port);
  expect(owner?.pid).toBe(process.pid);
  expect(judgeTls({ host, port, owner, answer }, renewed)).toMatchObject({
    level: 'fail',
    hint: `let the daemon read it again: kill -HUP ${process.pid}`,
  });
});

test('another program on the TLS port is told from the daemon', async () => {
  await using server = await fakeServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
  expect(await askTls({ host, port: server.port })).toMatchObject({ kind: 'failed' });
});

test.each([
  ['a port', 20_048, 'registered'],
  ['no port', 0, 'missing'],
])('rpcbind that knows %s of mountd', async (_, port, expected) => {
  await using server = await fakeServer((socket) => {
    socket.once('data', (call: Buffer) => {
      const reply = Buffer.alloc(32);
      reply.writeUInt32BE(0x8000_001c);
      call.copy(reply, 4, 4, 8);
      reply.writeUInt32BE(1, 8);
      reply.writeUInt32BE(port, 28);
      socket.write(reply);
    });
  });
  expect(await askMountd(host, server.port)).toBe(expected);
});

test('a port on which no rpcbind is', async () => {
  expect(await askMountd(host, await closedPort())).toBe('no rpcbind');
});
