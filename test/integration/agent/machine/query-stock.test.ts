import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { managementNode } from '../../../../agent/machine/query.ts';
import type { Credentials } from '../../../../mgmt/daemon/daemon.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import { readCredentials } from '../../../helpers/daemon.ts';
import { failure } from '../../../helpers/rows.ts';
import { tlsServer } from '../../../helpers/tls-server.ts';

const patience = 10_000;
const recorded = new URL('../../../fixtures/xcatd/', import.meta.url);
let etc: string;
let ca: Buffer;
let credentials: Credentials;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  ca = await readFile(certificatePaths(etc).ca);
  credentials = await readCredentials(etc);
});
afterAll(() => rm(etc, { recursive: true }));

/** A daemon without ALPN that answers each request as told, in small pieces, and keeps the connection. */
async function stockDaemon(answer: (request: string, socket: TLSSocket) => void) {
  const requests: string[] = [];
  const server = await tlsServer(credentials, (socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (!text.includes('</xcatrequest>')) return;
      requests.push(text);
      answer(text, socket);
      text = '';
    });
  });
  return { ...server, requests };
}

async function replay(request: string, socket: TLSSocket): Promise<void> {
  const list = /<command>(?<list>\w+)</u.exec(request)?.groups?.['list'] ?? '';
  const reply = await readFile(new URL(`node-${list}.rsp`, recorded));
  for (let at = 0; at < reply.length; at += 1000) socket.write(reply.subarray(at, at + 1000));
}

/** The question of node n1 to a daemon that answers so. */
async function asked(answer: (request: string, socket: TLSSocket) => void, within = patience) {
  await using server = await stockDaemon(answer);
  const management = managementNode({ host: '127.0.0.1', port: server.port }, ca);
  return await management.ask('n1', within);
}

describe('a stock daemon', () => {
  test('is asked for its two lists, and their recorded answers are read', async () => {
    await using server = await stockDaemon((request, socket) => void replay(request, socket));
    const management = managementNode({ host: '127.0.0.1', port: server.port }, ca);
    const answer = await management.ask('n1', patience);
    expect(answer).toMatchObject({ node: 'n1', image: '', permission: '755' });
    expect(answer.litefile).toHaveLength(44);
    expect(answer.litefile).toContainEqual({
      file: '/opt/hpc/',
      options: 'persistent',
      specificity: 'image',
    });
    expect(answer.litetree).toEqual([
      { priority: '1', directory: '10.99.0.1:/lite/node/n1', mntopts: '', specificity: 'image' },
      {
        priority: '2',
        directory: '10.99.0.1:/lite/profile/rhcompute/Linux',
        mntopts: 'soft,timeo=30',
        specificity: 'image',
      },
      { priority: '3', directory: '10.99.0.1:/lite/common', mntopts: '', specificity: 'image' },
      { priority: '4', directory: '/local/only', mntopts: '', specificity: 'image' },
    ]);
    expect(server.requests).toEqual([
      '<xcatrequest><command>litefile</command></xcatrequest>\n',
      '<xcatrequest><command>litetree</command></xcatrequest>\n',
    ]);
  });

  test('gets no report, whether it was asked before or not', async () => {
    await using server = await stockDaemon((request, socket) => void replay(request, socket));
    const asking = managementNode({ host: '127.0.0.1', port: server.port }, ca);
    await asking.ask('n1', patience);
    await asking.report(bootReport, patience);
    const failing = managementNode({ host: '127.0.0.1', port: server.port }, ca);
    await failing.report(bootReport, patience);
    expect(server.requests).toHaveLength(2);
  });

  test('that closes without a word may answer later: it does so for nodes it does not know', async () => {
    const asking = asked((_, socket) => void socket.end());
    await expect(asking).rejects.toThrow(
      failure('ERR_STATELITE_QUERY', 'without a litefile answer'),
    );
    await expect(asking).rejects.toHaveProperty('hint', expect.stringContaining('address'));
  });

  test('that denies is quoted', async () => {
    const denied = await readFile(new URL('node-denied-getpartition.rsp', recorded));
    await expect(asked((_, socket) => void socket.write(denied))).rejects.toThrow(
      failure('ERR_STATELITE_ANSWER', 'Permission denied for request'),
    );
  });

  test('that stops in the middle is not believed', async () => {
    const half = (await readFile(new URL('node-litefile.rsp', recorded))).subarray(0, 2000);
    await expect(asked((_, socket) => void socket.end(half))).rejects.toThrow(
      failure('ERR_STATELITE_ANSWER'),
    );
  });

  test('that accepts and stays silent is given up', async () => {
    const asking = asked(() => {}, 300);
    await expect(asking).rejects.toThrow(failure('ERR_STATELITE_QUERY', 'no answer'));
    await expect(asking).rejects.toHaveProperty(
      'cause.message',
      expect.stringContaining('silent for 0.3 s'),
    );
  });

  test('that talks without end is cut', async () => {
    const line = '<xcatresponse><info>n1: tmpfs /x</info></xcatresponse>\n'.repeat(10_000);
    const flood = (socket: TLSSocket): void => {
      if (socket.writable) socket.write(line, () => flood(socket));
    };
    await expect(asked((_, socket) => flood(socket))).rejects.toThrow(
      failure('ERR_STATELITE_ANSWER', 'longer than'),
    );
  });

  test.for(['hello\n', '<html></html>', '<xcatresponse><info>n1: x</info>\0', '\u{fffd}'])(
    'that says %j is not usable',
    async (text) => {
      await expect(asked((_, socket) => void socket.end(text))).rejects.toThrow(
        failure('ERR_STATELITE_ANSWER'),
      );
    },
  );
});
