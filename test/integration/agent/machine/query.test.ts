import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { managementNode, readTrust } from '../../../../agent/machine/query.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import { bootAnswer, readCredentials, startTestDaemon, view } from '../../../helpers/daemon.ts';
import { fakeServer, listening } from '../../../helpers/fake-server.ts';
import { failure } from '../../../helpers/rows.ts';

const patience = 10_000;
let etc: string;
let ca: Buffer;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1', 'localhost'], new Date());
  ca = await readFile(certificatePaths(etc).ca);
});
afterAll(() => rm(etc, { recursive: true }));

/** What stands between node and daemon to count connections. */
async function counted(port: number) {
  return fakeServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
}

function nodeOf(port: number, trust: Buffer | 'anybody' = ca, host = '127.0.0.1') {
  const management = managementNode({ host, port }, trust);
  return { ...management, [Symbol.dispose]: () => management.close() };
}

describe('asking our daemon', () => {
  test('gives the answer, and the report goes over the same connection', async () => {
    await using server = await startTestDaemon(etc);
    await using door = await counted(server.ports.tls);
    using management = nodeOf(door.port);
    expect(await management.ask('n1', patience)).toEqual(bootAnswer);
    await management.report(bootReport, patience);
    expect(server.reports).toEqual([{ node: 'n1', report: bootReport }]);
    expect(door.connections()).toBe(1);
  });

  test('a report alone finds out by itself whom it talks to', async () => {
    await using server = await startTestDaemon(etc);
    using management = nodeOf(server.ports.tls);
    await management.report(bootReport, patience);
    expect(server.reports).toHaveLength(1);
  });

  test('works by name, and without a look at the certificate if that is wanted', async () => {
    await using server = await startTestDaemon(etc);
    using named = nodeOf(server.ports.tls, ca, 'localhost');
    expect(await named.ask('n1', patience)).toEqual(bootAnswer);
    using careless = nodeOf(server.ports.tls, 'anybody');
    expect(await careless.ask('n1', patience)).toEqual(bootAnswer);
  });

  test('that is starting: its words, and the next try has the same connection', async () => {
    let isReady = false;
    await using server = await startTestDaemon(etc, {
      view: async () => {
        if (isReady) return view;
        throw new StateliteError('ERR_STATELITE_DATABASE', 'the database is locked');
      },
    });
    await using door = await counted(server.ports.tls);
    using management = nodeOf(door.port);
    await expect(management.ask('n1', patience)).rejects.toThrow(
      failure('ERR_STATELITE_QUERY', 'the management node says: the database is locked'),
    );
    isReady = true;
    expect(await management.ask('n1', patience)).toEqual(bootAnswer);
    expect(door.connections()).toBe(1);
  });

  test('that closed the kept connection meanwhile: a new one is made', async () => {
    await using server = await startTestDaemon(etc);
    await using door = await counted(server.ports.tls);
    using management = nodeOf(door.port);
    await management.ask('n1', patience);
    await server.daemon.close();
    await using again = await startTestDaemon(
      etc,
      {},
      { ports: { ...server.ports, status: 0, http: 0 } },
    );
    await management.report(bootReport, patience);
    expect(again.reports).toHaveLength(1);
    expect(door.connections()).toBe(2);
  });

  test.for(['TLSv1.2', 'TLSv1.3'] as const)(
    'again over %s resumes the session, and the next connection too',
    async (version) => {
      const reused: boolean[] = [];
      const server = createServer(
        {
          ...(await readCredentials(etc)),
          ALPNProtocols: ['http/1.1'],
          minVersion: version,
          maxVersion: version,
        },
        (socket) => {
          reused.push(socket.isSessionReused());
          socket.once('data', () => {
            const body = JSON.stringify(bootAnswer);
            const headers = `Connection: close\r\nContent-Length: ${body.length}`;
            socket.end(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n${body}`);
          });
        },
      );
      await using there = await listening(server);
      using management = nodeOf(there.port);
      for (let times = 0; times < 3; times += 1) {
        expect(await management.ask('n1', patience)).toEqual(bootAnswer);
      }
      expect(reused).toEqual([false, true, true]);
    },
  );

  test('that does not know the node: its words and its hint', async () => {
    const strangers = { ...view, identify: () => undefined };
    await using server = await startTestDaemon(etc, { view: async () => strangers });
    using management = nodeOf(server.ports.tls);
    const asking = management.ask('n1', patience);
    await expect(asking).rejects.toThrow(
      failure('ERR_STATELITE_ANSWER', 'no node has the address 127.0.0.1'),
    );
    await expect(asking).rejects.toHaveProperty('hint', expect.stringContaining('hosts.ip'));
  });

  test('that no policy row allows to answer: its words', async () => {
    const closed = { ...view, decide: () => ({ allowed: false, trusted: false, row: undefined }) };
    await using server = await startTestDaemon(etc, { view: async () => closed });
    using management = nodeOf(server.ports.tls);
    await expect(management.ask('n1', patience)).rejects.toThrow(
      failure('ERR_STATELITE_ANSWER', 'no policy row allows litefile'),
    );
  });
});

describe('whom the node trusts', () => {
  test('is the CA of the initramfs', () => {
    const file = certificatePaths(etc).ca;
    expect(readTrust({ insecure: false }, file)).toEqual(ca);
  });

  test('is anybody with statelite.insecure, without a CA', () => {
    expect(readTrust({ insecure: true }, join(etc, 'missing'))).toBe('anybody');
  });

  test('is nobody without a CA, and that is said', () => {
    expect(() => readTrust({ insecure: false }, join(etc, 'missing'))).toThrow(
      failure('ERR_STATELITE_QUERY', 'the initramfs has no'),
    );
  });
});
