import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endsStockReply, parseStockReply } from '../../../../agent/protocol/stock-xml.ts';
import type { DaemonDeps, Performed } from '../../../../mgmt/daemon/deps.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { clientCertificate } from '../../../helpers/client-certificate.ts';
import { startTestDaemon, view } from '../../../helpers/daemon.ts';

let etc: string;
let ca: string;
let root: { cert: string; key: string };

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  ca = await readFile(certificatePaths(etc).ca, 'utf8');
  root = await clientCertificate(etc, 'root');
});
afterAll(() => rm(etc, { recursive: true }));

const done: Performed = { out: [], warnings: [], errors: [], code: 0 };
const request = (command: string, rest = '') =>
  `<xcatrequest><command>${command}</command>${rest}</xcatrequest>\n`;

/** The verb's words as its only line; who asks first. */
const echo: DaemonDeps['perform'] = async (words, peer, stdin) => ({
  ...done,
  out: [[peer.name, ...words, stdin].join('|')],
});

/** A client of the name root at an address that no node has. */
async function open(port: number): Promise<TLSSocket> {
  const host = '127.0.0.1';
  const tcp = connectTcp({ port, host, localAddress: '127.0.0.2' });
  const socket = connect({ socket: tcp, host, ca, ...root });
  await once(socket, 'secureConnect');
  return socket;
}

/** The next reply of the connection, or what came before its end. */
async function reply(socket: TLSSocket): Promise<string> {
  let text = '';
  const { promise, resolve } = Promise.withResolvers<string>();
  const onData = (chunk: Buffer) => {
    text += chunk.toString();
    if (endsStockReply(text)) resolve(text);
  };
  const onEnd = () => resolve(text);
  socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  try {
    return await promise;
  } finally {
    socket.off('data', onData).off('end', onEnd).off('close', onEnd);
  }
}

const dataOf = (text: string) => parseStockReply(text).data;

test('requests follow each other on one connection', async () => {
  await using server = await startTestDaemon(etc, { perform: echo });
  const socket = await open(server.ports.tls);
  for (const table of ['litefile', 'litetree', 'policy']) {
    socket.write(request('tabdump', `<arg>${table}</arg>`));
    expect(dataOf(await reply(socket))).toEqual([`root|tabdump|${table}|`]);
  }
  socket.destroy();
});

test('requests that are sent at once are answered in order, and the end of them ends it', async () => {
  await using server = await startTestDaemon(etc, { perform: echo });
  const socket = await open(server.ports.tls);
  socket.end(request('tabdump', '<arg>a</arg>') + request('tabdump', '<arg>b</arg>'));
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(dataOf(text)).toEqual(['root|tabdump|a|', 'root|tabdump|b|']);
});

test('noderange, nodes, arguments and standard input reach the verb', async () => {
  await using server = await startTestDaemon(etc, { perform: echo });
  const socket = await open(server.ports.tls);
  socket.write(
    request(
      'nodech',
      '<noderange>n1</noderange><node>n2</node><arg>-z</arg><stdin>&lt;x&gt;</stdin><cwd>/</cwd>',
    ),
  );
  expect(dataOf(await reply(socket))).toEqual(['root|nodech|n1,n2|-z|<x>']);
  socket.destroy();
});

test('silence ends it', async () => {
  await using server = await startTestDaemon(etc, { perform: echo }, { limits: { idle: 200 } });
  const socket = await open(server.ports.tls);
  socket.write(request('tabdump'));
  expect(await reply(socket)).toContain('serverdone');
  expect(await reply(socket)).toBe('');
});

test('abortcommand ends it while the command is at work', async () => {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Performed>();
  await using server = await startTestDaemon(etc, {
    perform: async () => {
      begun.resolve();
      return end.promise;
    },
  });
  const socket = await open(server.ports.tls);
  socket.write(request('nodeset', '<arg>boot</arg>'));
  await begun.promise;
  socket.write('<xcatrequest><abortcommand>1</abortcommand></xcatrequest>');
  expect(await reply(socket)).toBe('');
  end.resolve(done);
});

test.for([
  ['a command that no verb has', request('nosuch'), 'Unsupported request', undefined],
  ['an option for a range', request('nodels', '<noderange>-S</noderange>'), 'Invalid', '1'],
  ['a range for lsdef', request('lsdef', '<noderange>n1</noderange>'), 'takes no noderange', '1'],
] as const)('%s is refused in the words of stock', async ([, text, words, code]) => {
  await using server = await startTestDaemon(etc);
  const socket = await open(server.ports.tls);
  socket.write(text);
  const [error] = parseStockReply(await reply(socket)).errors;
  expect(error).toEqual({ message: expect.stringContaining(words), code: Number(code ?? 1) });
  socket.destroy();
});

test('who may not is denied, and does not learn which nodes there are', async () => {
  const asked: (readonly string[])[] = [];
  await using server = await startTestDaemon(etc, {
    view: async () => ({
      ...view,
      decide: (_, { nodes }) => {
        asked.push(nodes);
        return { allowed: false, trusted: false, row: undefined };
      },
    }),
  });
  const socket = await open(server.ports.tls);
  for (const range of ['n1,n2', '-x']) {
    socket.write(request('nodels', `<noderange>${range}</noderange>`));
    expect(await reply(socket)).toContain('<error>Permission denied for request</error>');
  }
  expect(asked).toEqual([['n1', 'n2'], []]);
  socket.destroy();
});

test('a verb that breaks is an error for the client, and the session goes on', async () => {
  let isBroken = true;
  await using server = await startTestDaemon(etc, {
    perform: async () => {
      if (isBroken) throw new Error('a bug');
      return done;
    },
  });
  const socket = await open(server.ports.tls);
  socket.write(request('tabdump'));
  expect(await reply(socket)).toContain('<error>see the log of the daemon</error>');
  expect(server.log.join()).toContain('a bug');
  isBroken = false;
  socket.write(request('tabdump'));
  expect(await reply(socket)).not.toContain('<error>');
  socket.destroy();
});

test.for([
  'hello, this is not a request',
  '<xcatrequest><command>tabdump</comm></xcatrequest>',
  `<xcatrequest>${'x'.repeat(300_000)}`,
  `<xcatrequest>${'<arg>x</arg>'.repeat(9000)}<command>tabdump</command></xcatrequest>`,
  '<!DOCTYPE x [<!ENTITY a "b">]><xcatrequest><command>&a;</command></xcatrequest>',
])('request %# ends it without a byte', async (text) => {
  await using server = await startTestDaemon(etc, { perform: echo });
  const socket = await open(server.ports.tls);
  socket.on('error', () => {}); // it may be closed before all of it is sent
  socket.write(text);
  expect(await reply(socket)).toBe('');
});

test('authcheck says whether the certificate counts', async () => {
  await using server = await startTestDaemon(etc);
  const socket = await open(server.ports.tls);
  socket.write(request('authcheck'));
  expect(dataOf(await reply(socket))).toEqual(['Authenticated']);
  socket.destroy();
});
