import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import {
  parseStockReply,
  renderStockError,
  renderStockLines,
} from '../../../../agent/protocol/stock-xml.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { startTestDaemon, view } from '../../../helpers/daemon.ts';

let etc: string;
let ca: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1', 'localhost'], new Date());
  ca = await readFile(certificatePaths(etc).ca, 'utf8');
});
afterAll(() => rm(etc, { recursive: true }));

const litefile = '<xcatrequest><command>litefile</command></xcatrequest>\n';
const request = (command: string) => `<xcatrequest><command>${command}</command></xcatrequest>\n`;

/** Sends `text` and waits, as stock nodes do, until the server ends the stream. */
async function ask(port: number, text: string, localAddress = '127.0.0.1'): Promise<string> {
  const host = '127.0.0.1';
  const socket = connect({ socket: connectTcp({ port, host, localAddress }), host, ca });
  socket.write(text);
  return readAll(socket);
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a node gets its lists in the form of the stock daemon, and the connection is closed', async () => {
  await using server = await startTestDaemon(etc);
  expect(await ask(server.ports.tls, litefile)).toBe(
    renderStockLines(['n1: tmpfs         /etc/motd'], 'mn'),
  );
  expect(await ask(server.ports.tls, request('litetree'))).toBe(
    renderStockLines(['n1: srv:/a&b :soft'], 'mn'),
  );
  expect(server.log[0]).toMatch(/^<6>test: n1: litefile, 1 lines, \d+ ms$/);
});

test('openssl s_client -quiet, as a stock node runs it, ends by itself', async () => {
  await using server = await startTestDaemon(etc);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const args = ['s_client', '-quiet', '-connect', `127.0.0.1:${server.ports.tls}`];
  const child = execFile('openssl', args, (error, stdout) =>
    error === null ? resolve(stdout) : reject(error),
  );
  child.stdin?.end(litefile);
  expect(await promise).toContain('<info>n1: tmpfs         /etc/motd</info>');
});

test('a node that names another one is told about itself', async () => {
  await using server = await startTestDaemon(etc);
  const text = '<xcatrequest><command>litefile</command><noderange>n2</noderange></xcatrequest>';
  expect(await ask(server.ports.tls, text)).toContain('<info>n1: ');
});

test('a command that no policy row allows is denied in the recorded words', async () => {
  await using server = await startTestDaemon(etc);
  const denied = renderStockError('Permission denied for request', 1);
  expect(await ask(server.ports.tls, request('tabdump'))).toBe(denied);
  expect(await ask(server.ports.tls, request('no&amp;such'))).toBe(denied);
});

const allowed = { allowed: true, trusted: false, row: '1' };

test('a command that is allowed but not known is unsupported', async () => {
  await using server = await startTestDaemon(etc, {
    view: async () => ({ ...view, decide: () => allowed }),
  });
  expect(await ask(server.ports.tls, request('getbmcconfig'))).toBe(
    renderStockError('Unsupported request'),
  );
});

test('a node gets its mypostscript, each line in an element', async () => {
  await using server = await startTestDaemon(etc);
  const { data } = parseStockReply(await ask(server.ports.tls, request('getpostscript')));
  expect(data).toEqual(["NODE='n1'", 'export NODE']);
});

test('a node whose tables have no usable mypostscript gets nothing, so that it asks again', async () => {
  await using server = await startTestDaemon(etc, {
    view: async () => ({
      ...view,
      mypostscript() {
        throw new StateliteError('ERR_STATELITE_TABLE', 'nobody is the master of n1');
      },
    }),
  });
  expect(await ask(server.ports.tls, request('getpostscript'))).toBe('');
  expect(server.log.join('\n')).toContain('nobody is the master of n1');
});

test('a request that carries a mark gets it back in every response', async () => {
  await using server = await startTestDaemon(etc);
  const text = litefile.replace('</xcat', '<transid>7</transid></xcat');
  const reply = await ask(server.ports.tls, text);
  expect(reply.match(/<transid>7<\/transid>/g)).toHaveLength(2);
});

test('what is not ASCII arrives as it is', async () => {
  await using server = await startTestDaemon(etc, {
    view: async () => ({ ...view, stockLines: async () => ['n1: tmpfs         /etc/größe'] }),
  });
  expect(await ask(server.ports.tls, litefile)).toContain('/etc/größe</info>');
});

test('without a certificate one request is answered, and the connection is closed', async () => {
  await using server = await startTestDaemon(etc);
  const reply = await ask(server.ports.tls, litefile + litefile);
  expect(reply.match(/serverdone><\/serverdone/g)).toHaveLength(1);
});

/** The data of the answer for a node with this partitionfile, and what is logged of it. */
async function askPartition(partition: typeof view.partition) {
  await using server = await startTestDaemon(etc, {
    view: async () => ({ ...view, partition, decide: () => allowed }),
  });
  const { data } = parseStockReply(await ask(server.ports.tls, request('getpartition')));
  return { data, log: server.log.join('\n') };
}

describe('getpartition', () => {
  test('sends every line of the file, the last one as it ends', async () => {
    const path = join(etc, 'partition');
    await writeFile(path, 'enable=yes\n\n[disk]\ndev=/dev/sda');
    expect((await askPartition(() => ({ image: 'compute', kind: 'format', path }))).data).toEqual([
      'type=format',
      'enable=yes\n',
      '\n',
      '[disk]\n',
      'dev=/dev/sda',
    ]);
  });

  test('says in the words that nodes know that an image has no file', async () => {
    const { data } = await askPartition(() => undefined);
    expect(data).toEqual(['Error: the image of this node has no partitionfile']);
  });

  test.for(['missing', 'fifo', 'long', '.'])(
    'sends no byte of a file that it cannot send whole: %s',
    async (name) => {
      await writeFile(join(etc, 'long'), 'x'.repeat(65_537));
      await promisify(execFile)('mkfifo', ['-m', '600', join(etc, 'fifo')]).catch(() => {});
      const path = join(etc, name);
      const { data, log } = await askPartition(() => ({ image: 'compute', kind: 'script', path }));
      expect(data).toEqual([expect.stringMatching(/^Error: the partitionfile of compute names/)]);
      expect(log).toContain('the partitionfile of compute names');
    },
  );
});

test('a stranger gets nothing, so that its retry loop works', async () => {
  await using server = await startTestDaemon(etc, {}, { host: '127.0.0.1' });
  expect(await ask(server.ports.tls, litefile, '127.0.0.2')).toBe('');
  expect(server.log.join()).toContain('127.0.0.2: closed, no hosts row has this address');
});

test.for([
  [
    { decide: () => ({ allowed: false, trusted: false, row: undefined }) },
    'no policy row allows litefile',
  ],
  [
    {
      stockLines: async () => {
        throw new StateliteError('ERR_STATELITE_ROW', 'row 7 is bad');
      },
    },
    'row 7 is bad',
  ],
] as const)('a node without a list gets nothing, the log says why: %#', async ([broken, why]) => {
  await using server = await startTestDaemon(etc, { view: async () => ({ ...view, ...broken }) });
  expect(await ask(server.ports.tls, litefile)).toBe('');
  expect(server.log.join('\n')).toContain(why);
});

test.for([
  'hello, this is not a request\n',
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  '<xcatrequest><command>litefile</comm></xcatrequest>\n',
  '<!DOCTYPE x [<!ENTITY a "b">]><xcatrequest><command>&a;</command></xcatrequest>',
  `<xcatrequest>${'x'.repeat(70_000)}`,
])('request %# is closed without a byte', async (text) => {
  await using server = await startTestDaemon(etc);
  expect(await ask(server.ports.tls, text)).toBe('');
});

test('a request may come in pieces, and the client may close its side', async () => {
  await using server = await startTestDaemon(etc);
  const host = '127.0.0.1';
  const tcp = connectTcp({ port: server.ports.tls, host, allowHalfOpen: true });
  const socket = connect({ socket: tcp, host, ca });
  await once(socket, 'secureConnect');
  for (const piece of litefile) {
    await new Promise<void>((resolve, reject) => {
      socket.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  socket.end();
  expect(await readAll(socket)).toContain('serverdone');
});

test('TLS below 1.2 is refused', async () => {
  await using server = await startTestDaemon(etc);
  const socket = connect({
    port: server.ports.tls,
    host: '127.0.0.1',
    ca,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  await expect(once(socket, 'secureConnect')).rejects.toThrow(/protocol version/);
});
