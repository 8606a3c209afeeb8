import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { readCredentials, startTestDaemon, type TestDaemon } from '../../../helpers/daemon.ts';
import { inNamespace } from '../../../helpers/namespace.ts';
import type { BootedNode, NodeEnd } from '../../../helpers/node-program-runner.ts';
import { certifiedBetween, tlsServer } from '../../../helpers/tls-server.ts';

let etc: string;
let server: TestDaemon;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  server = await startTestDaemon(etc);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(etc, { recursive: true });
});

/** Pauses take no time. */
const noSleep = { instead: { '/usr/bin/sleep': '#!/bin/sh\n' } };
const noCurl = ['/usr/bin/curl', '/bin/curl'];
const noOpenssl = ['/usr/bin/openssl', '/bin/openssl'];

async function run(words: readonly string[], node: Partial<BootedNode> = {}): Promise<NodeEnd> {
  const work = await mkdtemp(join(etc, 'node-'));
  const ca = await readFile(certificatePaths(etc).ca, 'utf8');
  const cmdline = `quiet XCAT=127.0.0.1:${server.ports.tls} NODE=n1 *\n`;
  const input = { work, ca, cmdline, words, shell: ['sh'], without: [], files: [], ...node };
  return inNamespace<NodeEnd>('node-program-runner.ts', input);
}

describe.for([
  ['curl, sh', { without: noOpenssl }],
  ['openssl, bash', { without: noCurl, shell: ['bash', '--posix'] }],
  ['openssl, busybox', { without: noCurl, shell: ['busybox', 'sh'] }],
] as const)('a node with %s', ([, image]) => {
  test('trusts nobody whose certificate is not of the CA in its image', async () => {
    const other = await mkdtemp(join(etc, 'other-'));
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    const ca = await readFile(certificatePaths(other).ca, 'utf8');
    const { status } = await run(['credential', 'authorized_keys', '/root/keys'], {
      ...image,
      ...noSleep,
      ca,
    });
    expect(status).toBe(2);
    expect(server.log.join('\n')).not.toContain('credential');
  }, 60_000);

  test('takes no part of an answer for an answer', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n';
    await using cut = await tlsServer(
      await readCredentials(etc),
      (socket) => socket.once('data', () => socket.end(`${head}export NODE\n`)),
      'http/1.1',
    );
    const { status, output, files } = await run(['credential', 'authorized_keys', '/root/keys'], {
      ...image,
      ...noSleep,
      cmdline: `XCAT=127.0.0.1:${cut.port}\n`,
      files: ['/root/keys'],
    });
    expect([status, files]).toEqual([1, {}]);
    expect(output).not.toBe('');
  });

  test.for([
    ['has begun', 2090, 2099],
    ['has ended', 2001, 2002],
  ] as const)('asks again while by its clock no certificate %s', async ([, from, until]) => {
    const old = await certifiedBetween(etc, from, until);
    await using other = await tlsServer(old, (socket) => socket.destroy(), 'http/1.1');
    const { status, output } = await run(['credential', 'authorized_keys', '/root/keys'], {
      ...image,
      ...noSleep,
      cmdline: `XCAT=127.0.0.1:${other.port}\n`,
    });
    expect([status, output]).toEqual([1, expect.stringMatching(/not yet valid|expired/u)]);
  });
});

test('what an image lacks is said at once', async () => {
  const { status, output } = await run(['start'], { without: ['/usr/bin/sed', '/usr/bin/tr'] });
  expect([status, output]).toEqual([1, 'this image lacks: sed tr\n']);
});

test('an image with neither curl nor openssl says so at once', async () => {
  const without = [...noCurl, ...noOpenssl];
  const { status, output } = await run(['start'], { without });
  expect([status, output]).toEqual([1, expect.stringContaining('neither curl nor openssl')]);
});

test('a node with neither /run nor the memory of the boot agent says so at once', async () => {
  const instead = { '/usr/bin/mkdir': '#!/bin/sh\nexit 1\n' };
  const { status, output } = await run(['start'], { isReadOnly: true, instead });
  const places = '/run/statelite nor /.statelite/tmpfs/run/statelite';
  expect([status, output]).toEqual([1, `neither ${places} can be written\n`]);
});

test.for(['', 'XCAT=', 'XCAT=-k:1', 'XCAT=a;b:1', 'XCAT=mn:x', 'XCAT=$(reboot)'])(
  'a command line that names no management node is refused: %s',
  async (cmdline) => {
    const { status, output } = await run(['start'], { cmdline: `${cmdline}\n` });
    expect([status, output]).toEqual([1, 'no usable XCAT= on the kernel command line\n']);
  },
);
