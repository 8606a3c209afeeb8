import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TryLater } from '../../../../agent/machine/deadline.ts';
import { isFinalAnswer, managementNode } from '../../../../agent/machine/query.ts';
import { StateliteError } from '../../../../agent/errors.ts';
import type { Credentials } from '../../../../mgmt/daemon/daemon.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { readCredentials } from '../../../helpers/daemon.ts';
import { closedPort, fakeServer, type FakeServer } from '../../../helpers/fake-server.ts';
import { failure } from '../../../helpers/rows.ts';
import { certifiedBetween, tlsServer } from '../../../helpers/tls-server.ts';

const patience = 10_000;
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

/** What asking a server ends in; always an error. */
async function failing(
  starting: Promise<FakeServer> | FakeServer,
  { host = '127.0.0.1', within = patience } = {},
): Promise<StateliteError> {
  await using server = await starting;
  return await failingAt({ host, port: server.port }, within);
}

async function failingAt(
  place: { host: string; port: number },
  within = patience,
): Promise<StateliteError> {
  const management = managementNode(place, ca);
  try {
    await management.ask('n1', within);
  } catch (error) {
    if (error instanceof StateliteError) return error;
    throw error;
  } finally {
    management.close();
  }
  throw new Error('it answered');
}

/** A daemon of ours whose every answer is these bytes. */
async function answering(bytes: string | ((socket: TLSSocket) => void)): Promise<FakeServer> {
  const onRequest = (socket: TLSSocket): void => {
    socket.once('data', () => (typeof bytes === 'string' ? socket.write(bytes) : bytes(socket)));
  };
  return tlsServer(credentials, onRequest, 'http/1.1');
}

function http(status: string, body: string): string {
  const { length } = Buffer.from(body);
  return `HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

describe('a certificate that is not right', () => {
  test('of another CA: the initramfs is old', async () => {
    const other = join(etc, 'other');
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    const error = await failing(tlsServer(await readCredentials(other), () => {}));
    expect(error).toEqual(failure('ERR_STATELITE_QUERY', 'no answer', '127.0.0.1:'));
    expect(error.hint).toContain('genimage --onlyinitrd');
  });

  test.for([
    ['expired', 2001, 2002, 'CERT_HAS_EXPIRED'],
    ['not valid yet, as for a clock in the past', 2090, 2091, 'CERT_NOT_YET_VALID'],
  ] as const)('%s: the clock may be wrong', async ([, from, until, code]) => {
    const dated = await certifiedBetween(etc, from, until);
    const error = await failing(tlsServer(dated, () => {}));
    expect(error.cause).toMatchObject({ code });
    expect(error.hint).toContain("is the node's clock right?");
    expect(error.hint).toContain(String(new Date().getFullYear()));
  });

  test('for another address: it must name this one', async () => {
    const other = join(etc, 'other-name');
    await ensureCertificates(other, ['10.1.2.3'], new Date());
    const trusted = await readFile(certificatePaths(other).ca);
    await using server = await tlsServer(await readCredentials(other), () => {});
    const management = managementNode({ host: '127.0.0.1', port: server.port }, trusted);
    await expect(management.ask('n1', patience)).rejects.toHaveProperty(
      'hint',
      expect.stringContaining('its certificate must name 127.0.0.1'),
    );
  });

  test('is final after the second time', async () => {
    const error = await failing(tlsServer(await certifiedBetween(etc, 2003, 2004), () => {}));
    expect([1, 2].map((times) => isFinalAnswer(error, times))).toEqual([false, true]);
  });
});

describe('a server that does not answer', () => {
  test('is not running', async () => {
    const error = await failingAt({ host: '127.0.0.1', port: await closedPort() });
    expect(error).toEqual(failure('ERR_STATELITE_QUERY', 'no answer'));
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(error.hint).toContain('is statelite serve running there');
  });

  test('has a name that nobody knows', async () => {
    // Too long a label: no DNS server can be asked for it.
    const error = await failingAt({ host: `${'x'.repeat(64)}.invalid`, port: 3001 });
    expect(error.hint).toContain('DNS server');
  });

  test.for<[string, () => Promise<FakeServer>]>([
    ['accepts and stays silent', () => fakeServer(() => {})],
    ['speaks TLS and stays silent', () => answering(() => {})],
    ['begins an answer and stays silent', () => answering('HTTP/1.1 200 OK\r\nContent-')],
    ['begins a body and stays silent', () => answering(http('200 OK', '{}').slice(0, -1))],
  ])('%s: it is given up', async ([, starting]) => {
    const error = await failing(starting(), { within: 300.25 });
    expect(error).toEqual(failure('ERR_STATELITE_QUERY', 'no answer'));
    expect(error.cause).toMatchObject({ message: 'it was silent for 0.3 s' });
  });

  test.for<[string, () => Promise<FakeServer>]>([
    ['closes at once', () => fakeServer((socket) => void socket.end())],
    ['resets', () => fakeServer((socket) => void socket.resetAndDestroy())],
    ['speaks no TLS', () => fakeServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'))],
    ['speaks TLS and closes', () => answering((socket) => void socket.end())],
    ['speaks no HTTP', () => answering('hello, node\r\n\r\n')],
    ['ends in its answer', () => answering((socket) => void socket.end('HTTP/1.1 200 OK\r\n'))],
  ])('%s', async ([, starting]) => {
    const error = await failing(starting());
    expect(error).toEqual(failure('ERR_STATELITE_QUERY', 'no answer'));
    expect(error.cause).toBeInstanceOf(Error);
    expect(isFinalAnswer(error, 100)).toBe(false);
  });
});

describe('an answer that is not usable', () => {
  test.for([
    ['', 'answer is not an object'],
    ['not JSON', 'it is not JSON'],
    ['null', 'answer is not an object'],
    ['{"node": "n1"}', 'image is not a string'],
  ] as const)('%j: %s', async ([body, why]) => {
    const error = await failing(answering(http('200 OK', body)));
    expect(error).toEqual(failure('ERR_STATELITE_ANSWER', why));
  });

  test('is too long', async () => {
    const flood = (socket: TLSSocket): void => {
      if (socket.writable) socket.write(' '.repeat(1024 * 1024), () => flood(socket));
    };
    const endless = answering((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      flood(socket);
    });
    expect(await failing(endless)).toEqual(failure('ERR_STATELITE_ANSWER', 'longer than'));
  });

  test('is given up after the fourth time', async () => {
    const error = await failing(answering(http('200 OK', 'x')));
    expect([3, 4].map((times) => isFinalAnswer(error, times))).toEqual([false, true]);
  });
});

describe('a refusal', () => {
  const said = '{"error": {"code": "X", "message": "not you", "hint": "try later"}}';
  test.for([
    ['403 Forbidden', said, 'ERR_STATELITE_ANSWER', 'not you', 'try later'],
    ['400 Bad Request', said, 'ERR_STATELITE_ANSWER', 'not you', 'try later'],
    ['500 Internal Server Error', said, 'ERR_STATELITE_QUERY', 'not you', 'try later'],
    ['503 Service Unavailable', said, 'ERR_STATELITE_QUERY', 'not you', 'try later'],
    ['429 Too Many Requests', said, 'ERR_STATELITE_QUERY', 'not you', 'try later'],
    ['404 Not Found', '<html>nginx</html>', 'ERR_STATELITE_ANSWER', 'status 404', 'address'],
    ['502 Bad Gateway', '', 'ERR_STATELITE_QUERY', 'status 502', 'address'],
    ['403 Forbidden', 'null', 'ERR_STATELITE_ANSWER', 'status 403', 'address'],
    ['403 Forbidden', '{"error": {"message": 7}}', 'ERR_STATELITE_ANSWER', 'status 403', 'address'],
  ] as const)('%s %s', async ([status, body, code, message, hint]) => {
    const error = await failing(answering(http(status, body)));
    expect(error).toEqual(failure(code, message));
    expect(error.hint).toContain(hint);
  });

  test.for([
    ['Retry-After: 7', 7000],
    ['Retry-After: Fri, 31 Dec 1999 23:59:59 GMT', undefined],
    ['Retry-After: -1', undefined],
    ['X-Other: 7', undefined],
  ] as const)('503 with %s', async ([header, milliseconds]) => {
    const reply = http('503 Service Unavailable', said).replace('\r\n', `\r\n${header}\r\n`);
    const error = await failing(answering(reply));
    const asked = error.cause instanceof TryLater ? error.cause.milliseconds : undefined;
    expect(asked).toBe(milliseconds);
  });

  test('is final whatever it says of later', async () => {
    const reply = http('403 Forbidden', said).replace('\r\n', '\r\nRetry-After: 7\r\n');
    expect((await failing(answering(reply))).cause).toBeUndefined();
  });
});
