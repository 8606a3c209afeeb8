import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { decodeAnswer } from '../../../../agent/protocol/answer.ts';
import type { View } from '../../../../mgmt/daemon/deps.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { alpn, apiCall } from '../../../helpers/api-call.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import { bootAnswer, startTestDaemon, view } from '../../../helpers/daemon.ts';

let etc: string;
let ca: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  ca = await readFile(certificatePaths(etc).ca, 'utf8');
});
afterAll(() => rm(etc, { recursive: true }));

/** Every request on a connection of its own, verified against the CA. */
const call = (port: number, options: Parameters<typeof apiCall>[1], body?: string) =>
  apiCall(port, { ca, ...options }, body);

const post = (path: string) => ({ path, method: 'POST' });

/** What a refusal tells. */
const refused = (code: string, message: string) => ({
  error: expect.objectContaining({ code, message: expect.stringContaining(message) }),
});

/** A daemon whose tables have no answer. */
const failing = (error: Error) => ({
  view: async () => ({
    ...view,
    answerFor: async () => {
      throw error;
    },
  }),
});

describe('a node', () => {
  test('gets its boot answer', async () => {
    await using server = await startTestDaemon(etc);
    const { status, body } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(status).toBe(200);
    expect(decodeAnswer(body)).toEqual(bootAnswer);
    expect(server.log[0]).toMatch(/^<6>test: n1: boot answer, 1 files, image compute, \d+ ms$/);
  });

  test('is told where its persistent files are, and which policy rows let it ask', async () => {
    await using server = await startTestDaemon(etc);
    const { body } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(body).toEqual({
      ...bootAnswer,
      statemnt: { location: 'mn:/state', mntopts: '' },
      policy: { litefile: '1', litetree: '1' },
    });
  });

  test('is told how to divide its disk, unless the file cannot be read or a rule forbids it', async () => {
    const path = join(etc, 'partitionfile');
    const told = 'enable=yes\n# as it is: <&>\n';
    await writeFile(path, told);
    let allowed = true;
    const asked = (named: string) => ({
      view: async (): Promise<View> => ({
        ...view,
        decide: (peer, request) =>
          request.command === 'getpartition'
            ? { allowed, trusted: false, row: '4.95' }
            : view.decide(peer, request),
        partition: () => ({ image: 'compute', kind: 'format', path: named }),
      }),
    });
    {
      await using server = await startTestDaemon(etc, asked(path));
      const { body } = await call(server.ports.tls, { path: '/v1/boot' });
      expect(decodeAnswer(body).partition).toEqual({ kind: 'format', text: told });
      allowed = false;
      expect((await call(server.ports.tls, { path: '/v1/boot' })).status).toBe(403);
      allowed = true;
    }
    await using server = await startTestDaemon(etc, asked(`${path}.gone`));
    const { status, body } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(status).toBe(500);
    expect(body).toEqual(refused('ERR_STATELITE_NOT_FOUND', 'the partitionfile of compute names'));
  });

  test('boots without a statemnt that has no value for its variables', async () => {
    const error = new StateliteError('ERR_STATELITE_VARIABLE', 'no nfsserver');
    await using server = await startTestDaemon(etc, {
      view: async () => ({ ...view, statemntFor: () => Promise.reject(error) }),
    });
    const { status, body } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(status).toBe(200);
    expect(decodeAnswer(body)).toEqual(bootAnswer);
    expect(body).not.toHaveProperty('statemnt');
    expect(server.log.join('\n')).toContain('no nfsserver');
  });

  test('has its report recorded under the name its address has', async () => {
    await using server = await startTestDaemon(etc);
    const report = { ...bootReport, node: 'n2' };
    const { status } = await call(server.ports.tls, post('/v1/report'), JSON.stringify(report));
    expect(status).toBe(204);
    expect(server.reports).toEqual([{ node: 'n1', report }]);
  });

  test('has its status recorded', async () => {
    await using server = await startTestDaemon(etc);
    const { status } = await call(server.ports.tls, post('/v1/status'), '{"status": "booted"}');
    expect(status).toBe(204);
    expect(server.statuses).toEqual(['n1 booted']);
  });
});

describe('refused is', () => {
  test('a stranger, but not its health check', async () => {
    await using server = await startTestDaemon(etc);
    const stranger = { localAddress: '127.0.0.2' };
    const boot = await call(server.ports.tls, { path: '/v1/boot', ...stranger });
    expect(boot.status).toBe(403);
    expect(boot.body).toEqual(refused('ERR_STATELITE_DENIED', 'no node has the address 127.0.0.2'));
    const health = await call(server.ports.tls, { path: '/v1/health', ...stranger });
    expect(health).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  test('a node whose policy has no litetree', async () => {
    await using server = await startTestDaemon(etc, {
      view: async () => ({
        ...view,
        decide: (_, { command }) => ({ allowed: command === 'litefile', trusted: false, row: '1' }),
      }),
    });
    const { status, body } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(status).toBe(403);
    expect(body).toEqual(refused('ERR_STATELITE_DENIED', 'no policy row allows litetree for n1'));
  });

  test.for([
    ['GET', '/v2/boot', 404],
    ['GET', '/', 404],
    ['GET', '/constructor', 404],
    ['POST', '/v1/boot', 405],
    ['toString', '/v1/boot', 400],
  ] as const)('%s %s with %i', async ([method, path, expected]) => {
    await using server = await startTestDaemon(etc);
    const result = await rawStatus(server.ports.tls, `${method} ${path} HTTP/1.1\r\nHost: x\r\n`);
    expect(result).toBe(expected);
  });

  test('a wrong method, naming the right one', async () => {
    await using server = await startTestDaemon(etc);
    const { status, headers } = await call(server.ports.tls, { path: '/v1/report' });
    expect([status, headers.allow]).toEqual([405, 'POST']);
  });

  test.for([
    ['/v1/report', '{"version": 1', 'not JSON'],
    ['/v1/report', '{"version": 1}', 'node is missing'],
    ['/v1/status', '{"status": "nosuchword"}', 'one of: alive'],
    ['/v1/status', '[]', 'one of: alive'],
    ['/v1/status', '', 'not JSON'],
  ] as const)('the body of %s: %s', async ([path, text, why]) => {
    await using server = await startTestDaemon(etc);
    const { status, body } = await call(server.ports.tls, post(path), text);
    expect(status).toBe(400);
    expect(body).toEqual(refused('ERR_STATELITE_REQUEST', why));
    expect([server.reports, server.statuses]).toEqual([[], []]);
  });

  test.for([['by its length'], ['while it is read']])('a long body, %s', async ([how]) => {
    await using server = await startTestDaemon(etc);
    const text = JSON.stringify({ status: 'x'.repeat(2000) });
    const headers = how === 'by its length' ? {} : { 'Transfer-Encoding': 'chunked' };
    const { status } = await call(server.ports.tls, { ...post('/v1/status'), headers }, text);
    expect(status).toBe(413);
  });
});

describe('a failure', () => {
  test('of the tables is told with code, message and hint', async () => {
    const error = new StateliteError('ERR_STATELITE_VARIABLE', 'no nfsserver', { hint: 'set it' });
    await using server = await startTestDaemon(etc, failing(error));
    const { status, body } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(status).toBe(500);
    expect(body).toEqual({
      error: { code: 'ERR_STATELITE_VARIABLE', message: 'no nfsserver', hint: 'set it' },
    });
  });

  test('of the database asks to come back', async () => {
    const error = new StateliteError('ERR_STATELITE_DATABASE', 'locked');
    await using server = await startTestDaemon(etc, failing(error));
    const { status, headers } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  test('of the program shows its stack in the log only', async () => {
    await using server = await startTestDaemon(etc, failing(new Error('secret')));
    const { status, body } = await call(server.ports.tls, { path: '/v1/boot' });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(server.log.join('\n')).toContain('Error: secret');
  });
});

/** Sends bytes that node:https would not; gives the status of the answer. */
async function rawStatus(port: number, head: string): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, ca, ...alpn });
  socket.write(`${head}Connection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return Number(text.split(' ')[1]);
}
