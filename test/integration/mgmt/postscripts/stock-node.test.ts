import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stockRequest } from '../../../../agent/protocol/stock-xml.ts';
import { mypostscriptOf } from '../../../../mgmt/postscripts/mypostscript.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { startTestDaemon, view } from '../../../helpers/daemon.ts';

let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));

const odd = `a & b < c > "d" it's $(touch /tmp/never) \\ e`;
const cluster = clusterOf({
  site: [
    { key: 'master', value: '127.0.0.1' },
    { key: 'odd', value: odd },
  ],
  nodelist: [{ node: 'n1', groups: 'all' }],
  nodetype: [{ node: 'n1', provmethod: 'img' }],
  postscripts: [
    { node: 'xcatdefaults', postscripts: 'syslog' },
    { node: 'n1', postscripts: 'first -x 1', postbootscripts: 'last' },
  ],
});

/**
 * What a program of stock's has that keeps its side open, reads line by line, and goes away with the
 * last response, as a file.
 */
async function getpostscript(port: number): Promise<string> {
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const gone = once(client, 'exit');
  client.stdin.write(stockRequest('getpostscript'));
  const data: string[] = [];
  let isLast = false;
  for await (const line of createInterface({ input: client.stdout })) {
    if (line.includes('<data>')) data.push(line.replaceAll(/<[^>]*>/gu, '').trimStart());
    isLast ||= line.includes('<serverdone>');
    if (isLast && line.includes('</xcatresponse>')) break;
  }
  client.kill();
  await gone;
  const file = join(etc, 'mypostscript');
  await writeFile(file, data.map((line) => `${unescaped(line)}\n`).join(''));
  return file;
}

function unescaped(text: string): string {
  const characters = { lt: '<', gt: '>', quot: '"', apos: "'" };
  const plain = Object.entries(characters).reduce(
    (before, [name, character]) => before.replaceAll(`&${name};`, character),
    text,
  );
  return plain.replaceAll('&amp;', '&');
}

const run = promisify(execFile);

describe('a node with the scripts of stock xCAT', () => {
  test('gets an environment that its shell takes, and values that its sed and cut find', async () => {
    await using server = await startTestDaemon(etc, {
      view: async () => ({ ...view, mypostscript: (node) => mypostscriptOf(node, cluster) }),
    });
    const file = await getpostscript(server.ports.tls);
    const show =
      'syslog() { :; }; first() { echo "first $*"; }; last() { echo last; }; . "$1"; env';
    const { stdout } = await run('bash', ['-c', show, 'bash', file], { env: {} });
    expect(stdout.split('\n')).toContain(`ODD=${odd}`);
    expect(stdout).toMatch(/^first -x 1\nlast\n/u);
    const { stdout: found } = await run('sh', ['-c', 'grep ^MASTER= "$0" | cut -d= -f2', file]);
    expect(found).toBe('127.0.0.1\n');
    const { stdout: updating } = await run('sed', ['-n', 's/UPDATENODE=0/UPDATENODE=1/p', file]);
    expect(updating).toBe('UPDATENODE=1\n');
  });

  test('finds both lists by their marks', async () => {
    await using server = await startTestDaemon(etc, {
      view: async () => ({ ...view, mypostscript: (node) => mypostscriptOf(node, cluster) }),
    });
    const file = await getpostscript(server.ports.tls);
    const wrap = ['postscripts', 'postbootscripts'].map(
      (list) => `/# ${list}-start-here/,/# ${list}-end-here/s/^[^#]/run_ps &/`,
    );
    const { stdout } = await run('sed', [...wrap.flatMap((each) => ['-e', each]), file]);
    expect(stdout.match(/^run_ps .*$/gmu)).toEqual([
      'run_ps syslog',
      'run_ps first -x 1',
      'run_ps last',
    ]);
  });
});
