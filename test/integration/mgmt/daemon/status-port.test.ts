import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { startTestDaemon } from '../../../helpers/daemon.ts';

let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));

const open = (port: number, localAddress = '127.0.0.1') =>
  connect({ port, host: '127.0.0.1', localAddress });

/** All the server says until it closes. */
async function drain(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('ready, a status, done, closed', async () => {
  await using server = await startTestDaemon(etc);
  const socket = open(server.ports.status);
  socket.write('installstatus netbooting\n');
  expect(await drain(socket)).toBe('ready\ndone\n');
  expect(server.statuses).toEqual(['n1 netbooting']);
});

test('nc, which closes its side with the last byte, gets its done', async () => {
  await using server = await startTestDaemon(etc);
  const socket = open(server.ports.status);
  socket.end('installstatus booted\n');
  expect(await drain(socket)).toBe('ready\ndone\n');
  expect(server.statuses).toEqual(['n1 booted']);
});

test('an unknown line is done without doing anything', async () => {
  await using server = await startTestDaemon(etc);
  const socket = open(server.ports.status);
  socket.write('nosuch\n');
  expect(await drain(socket)).toBe('ready\ndone\n');
  expect(server.statuses).toEqual([]);
});

test.for([
  ['hpcbootstatus sshd=up', 'ready\ndone\n', ['n1 sshd=up']],
  ['hpcbootstatus nonsense', 'ready\ndone\n', []],
  ['unlocktftpdir', 'ready\ndone\n', []],
  ['getpostscript', "ready\ndone\nNODE='n1'\nexport NODE\n#END OF SCRIPT\n", []],
  ['basecustremv a;b', 'ready\ndone\n', []],
  ['something installstatus booted', 'ready\ndone\n', []],
] as const)('"%s" is answered', async ([line, said, recorded]) => {
  await using server = await startTestDaemon(etc);
  const socket = open(server.ports.status);
  socket.write(`${line}\n`);
  expect(await drain(socket)).toBe(said);
  expect(server.statuses).toEqual(recorded);
});

test('many nodes are answered at the same time', async () => {
  const gate = Promise.withResolvers<void>();
  let waiting = 0;
  await using server = await startTestDaemon(etc, {
    recordStatus: async () => {
      waiting += 1;
      if (waiting === 20) gate.resolve();
      await gate.promise;
    },
  });
  const replies = Array.from({ length: 20 }, () => {
    const socket = open(server.ports.status);
    socket.write('installstatus booted\n');
    return drain(socket);
  });
  expect(new Set(await Promise.all(replies))).toEqual(new Set(['ready\ndone\n']));
});

test('a stranger is closed without a word', async () => {
  await using server = await startTestDaemon(etc);
  expect(await drain(open(server.ports.status, '127.0.0.2'))).toBe('');
});

test('a status that cannot be recorded is not done, so that the node tries again', async () => {
  await using server = await startTestDaemon(etc, {
    recordStatus: async () => {
      throw new StateliteError('ERR_STATELITE_DATABASE', 'the database is locked');
    },
  });
  const socket = open(server.ports.status);
  socket.write('installstatus booted\n');
  expect(await drain(socket)).toBe('ready\n');
  expect(server.log.join('\n')).toContain('the database is locked');
});

test('a node that says nothing does not keep others waiting', async () => {
  await using server = await startTestDaemon(etc);
  const silent = open(server.ports.status);
  const socket = open(server.ports.status);
  socket.write('installstatus booted\n');
  expect(await drain(socket)).toBe('ready\ndone\n');
  silent.destroy();
});

test('a line without end is closed', async () => {
  await using server = await startTestDaemon(etc);
  const socket = open(server.ports.status);
  socket.write('x'.repeat(5000));
  expect(await drain(socket)).toBe('ready\n');
});
