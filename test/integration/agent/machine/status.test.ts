import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendStatus } from '../../../../agent/machine/status.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { startTestDaemon, view } from '../../../helpers/daemon.ts';
import { closedPort, fakeServer } from '../../../helpers/fake-server.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';

let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));

/** What the log says after sending a status to that port. */
async function sent(port: number): Promise<readonly string[]> {
  const { log, lines } = recordingLogger();
  await sendStatus('127.0.0.1', port, 'netbooting', log, { patience: 1 });
  return lines;
}

describe('reporting a status', () => {
  test('is recorded by the status port', async () => {
    await using server = await startTestDaemon(etc);
    expect(await sent(server.ports.status)).toEqual([]);
    await expect.poll(() => server.statuses).toEqual(['n1 netbooting']);
  });

  test('sends one line to a port that greets in pieces and answers', async () => {
    let received = '';
    await using server = await fakeServer((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.toString();
        socket.write('do');
        setImmediate(() => socket.end('ne\n'));
      });
      socket.write('rea');
      setImmediate(() => socket.write('dy\n'));
    });
    expect(await sent(server.port)).toEqual([]);
    await expect.poll(() => received).toBe('installstatus netbooting\n');
  });

  test('to a daemon that resets connections at first is tried again, without a warning', async () => {
    let received = '';
    let connections = 0;
    await using server = await fakeServer((socket) => {
      connections += 1;
      if (connections < 3) {
        socket.resetAndDestroy();
        return;
      }
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.write('ready\n');
    });
    const { log, lines } = recordingLogger();
    await sendStatus('127.0.0.1', server.port, 'netbooting', log);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([]);
    await expect.poll(() => received).toBe('installstatus netbooting\n');
  });

  test('to nobody is a warning', async () => {
    expect(await sent(await closedPort())).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  test('to a daemon that does not know the node is a warning', async () => {
    const strangers = { ...view, identify: () => undefined };
    await using server = await startTestDaemon(etc, { view: async () => strangers });
    expect(await sent(server.ports.status)).toEqual([expect.stringContaining('closed')]);
  });

  test.concurrent.for<[string, string, (socket: Socket) => void]>([
    ['something else', 'no status port', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')],
    ['a port that is silent', 'does not answer', () => {}],
    ['a port that hardly talks', 'does not answer', (socket) => socket.write('rea')],
  ])('to %s is a warning: it %s', async ([, why, talk]) => {
    await using server = await fakeServer(talk);
    expect(await sent(server.port)).toEqual([
      expect.stringMatching(`^warn: status "netbooting" was not reported to 127.0.0.1:.*${why}`),
    ]);
  });
});
