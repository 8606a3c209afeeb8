import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../../../agent/log.ts';
import { createMetrics } from '../../../../mgmt/daemon/metrics.ts';
import { createViews } from '../../../../mgmt/daemon/view.ts';
import { defaultRows } from '../../../../mgmt/db/default-rows.ts';
import { ensureClientCertificate } from '../../../../mgmt/setup/certificate-client.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { startTestDaemon, type TestDaemon } from '../../../helpers/daemon.ts';

/** 127.0.0.2 is n2, also by its other interface 127.0.1.2; 127.0.0.9 is claimed twice. */
const cluster = clusterOf({
  nodelist: ['n1', 'n2', 'n3'].map((node) => ({ node, groups: 'compute' })),
  nodetype: [{ node: 'compute', provmethod: 'image' }],
  litefile: [{ image: 'ALL', file: '/etc/motd', options: 'tmpfs' }],
  hosts: [
    { node: 'n1', ip: '127.0.0.9' },
    { node: 'n2', ip: '127.0.0.2', otherinterfaces: '-ib0:127.0.1.2' },
    { node: 'n3', ip: '127.0.0.9' },
  ],
  policy: [
    ...(defaultRows['policy'] ?? []),
    { priority: '0.1', name: 'eve', rule: 'deny' },
    { priority: '0.2', commands: 'litetree', host: 'n2', rule: 'disallow' },
    { priority: '1.5', name: 'alice', commands: 'nodels', noderange: 'n[1-2]', rule: 'allow' },
    { priority: '1.6', name: 'eve', rule: 'allow' },
  ],
});

let directory: string;
let etc: string;
let server: TestDaemon;
let metrics = createMetrics();
let performed: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  etc = join(directory, 'etc');
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  const log = createLogger('test', () => {});
  const view = createViews(log, () => Promise.resolve({ output: '' }))(cluster);
  metrics = createMetrics();
  server = await startTestDaemon(etc, {
    view: async () => view,
    metrics,
    perform: async (words, { name }) => {
      performed.push(`${name}: ${words.join(' ')}`);
      return { out: ['done'], warnings: [], errors: [], code: 0 };
    },
  });
});
beforeEach(() => {
  performed = [];
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Sends one request from an address, with the certificate of `name` if there is one. */
async function ask(
  localAddress: string,
  [command, noderange]: readonly [string, (string | undefined)?],
  name?: string,
  from = etc,
): Promise<string> {
  const socket = connect({
    socket: connectTcp({ host: '127.0.0.1', port: server.ports.tls, localAddress }),
    host: '127.0.0.1',
    ca: await readFile(certificatePaths(etc).ca),
    ...(name !== undefined && (await clientOf(name, from))),
  });
  const range = noderange === undefined ? '' : `<noderange>${noderange}</noderange>`;
  socket.write(`<xcatrequest><command>${command}</command>${range}</xcatrequest>\n`);
  let reply = '';
  for await (const chunk of socket) {
    reply += String(chunk);
    if (reply.includes('</serverdone>')) socket.end();
  }
  return reply;
}

async function clientOf(name: string, from: string) {
  const out = join(directory, from === etc ? 'ours' : 'theirs', name);
  await ensureClientCertificate(from, { name, directory: out }, new Date());
  const cred = await readFile(join(out, 'client-cred.pem'));
  return { cert: cred, key: cred };
}

/** How often an unknown peer was counted. */
function strangers(): number {
  return Number(/unknown_peers_total\{.*stock.*\} (\d+)/u.exec(metrics.render())?.[1] ?? 0);
}

const denied = 'Permission denied for request';

describe('without a certificate', () => {
  test.for(['127.0.0.2', '127.0.1.2'])('%s is n2, whichever node it names', async (address) => {
    for (const range of [undefined, 'n1', 'compute']) {
      const reply = await ask(address, ['litefile', range]);
      expect(reply).toContain('<info>n2: tmpfs         /etc/motd</info>');
      expect(reply).not.toMatch(/n1|n3/u);
    }
  });

  test.for(['127.0.0.1', '127.0.0.9'])('%s is no one node, and gets nothing', async (address) => {
    const before = strangers();
    expect(await ask(address, ['litefile'])).toBe('');
    expect(await ask(address, ['lslite', 'n2'])).toBe('');
    expect(strangers()).toBe(before + 2);
  });

  test('a node is denied what is for administrators', async () => {
    expect(await ask('127.0.0.2', ['nodels', 'n2'])).toContain(denied);
    expect(performed).toEqual([]);
  });

  test('a row that says disallow denies', async () => {
    expect(await ask('127.0.0.2', ['litetree'])).toBe('');
  });
});

describe('with a certificate', () => {
  test('root may have everything done, from anywhere', async () => {
    expect(await ask('127.0.0.1', ['nodels', 'n1,n3'], 'root')).toContain('done');
    expect(await ask('127.0.0.2', ['tabdump'], 'root')).toContain('done');
    expect(performed).toEqual(['root: nodels n1,n3', 'root: tabdump']);
  });

  test('somebody may what a row says, for the nodes that it says', async () => {
    expect(await ask('127.0.0.1', ['nodels', 'n1,n2'], 'alice')).toContain('done');
    expect(await ask('127.0.0.1', ['nodels', 'n1,n3'], 'alice')).toContain(denied);
    expect(await ask('127.0.0.1', ['nodels'], 'alice')).toContain(denied);
    expect(await ask('127.0.0.1', ['tabdump'], 'alice')).toContain(denied);
    expect(performed).toEqual(['alice: nodels n1,n2']);
  });

  test('a name that is denied above has lost what is allowed below', async () => {
    expect(await ask('127.0.0.1', ['nodels', 'n1'], 'eve')).toContain(denied);
  });

  test('of another cluster nobody is root', async () => {
    const other = join(directory, 'other');
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    expect(await ask('127.0.0.1', ['tabdump'], 'root', other)).toBe('');
    expect(await ask('127.0.0.2', ['tabdump'], 'root', other)).toContain(denied);
    expect(performed).toEqual([]);
  });
});
