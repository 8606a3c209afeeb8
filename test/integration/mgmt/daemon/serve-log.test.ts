import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { apiCall } from '../../../helpers/api-call.ts';
import { record } from '../../../helpers/json-schema.ts';
import { parsePrometheus } from '../../../helpers/prometheus.ts';

let directory: string;
let child: ChildProcess;
let log: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  await using store = closing(openStore(join(directory, 'state/statelite.db')));
  await store.insert(tables.nodelist, { node: 'n1', status: 'booted' });
  await store.insert(tables.hosts, { node: 'n1', ip: '127.0.0.1' });
  await store.insert(tables.nodetype, { node: 'n1', provmethod: 'compute' });
  await store.insert(tables.statelite, { node: 'n1', statemnt: 'mn:/state/$node' });
  await store.insert(tables.site, { key: 'metricsfrom', value: '127.0.0.1,prometheus' });
  await ensureCertificates(join(directory, 'etc'), ['127.0.0.1'], new Date());
  const script = new URL('../../../helpers/serve-process.ts', import.meta.url).pathname;
  const ports = ['--port', '0', '--status-port', '0', '--http-port', '0'];
  const options = ['--listen', '127.0.0.1', '--log-format', 'json'];
  child = spawn(process.execPath, [script, directory, 'serve', ...options, ...ports]);
  log = '';
  child.stderr?.on('data', (chunk) => (log += String(chunk)));
  await logged('ready');
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(directory, { recursive: true });
});

test('a daemon says everything in JSON lines, and answers from real tables', async () => {
  const [tls = 0, , http = 0] = [...log.matchAll(/port (\d+)"/gu)].map(([, port]) => Number(port));
  const ca = await readFile(certificatePaths(join(directory, 'etc')).ca, 'utf8');
  const { body } = await apiCall(tls, { ca, path: '/v1/boot' });
  expect(body).toMatchObject({
    node: 'n1',
    statemnt: { location: 'mn:/state/n1', mntopts: '' },
    policy: { litefile: '4.7', litetree: '4.8' },
  });
  await apiCall(tls, { ca, path: '/v1/boot', localAddress: '127.0.0.2' });
  const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  expect(parsePrometheus(metrics)['statelite_nodes']?.samples).toEqual({
    'statelite_nodes{status="booted"}': 1,
  });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);

  const lines = log
    .trimEnd()
    .split('\n')
    .map((line) => record(JSON.parse(line)));
  for (const line of lines) {
    expect(line).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
      level: expect.stringMatching(/^(?:error|warn|info|debug)$/u),
      message: expect.any(String),
    });
  }
  const about = (route: string) => lines.filter((line) => line['route'] === route);
  expect(about('/v1/boot')).toMatchObject([
    { level: 'info', node: 'n1', peer: '127.0.0.1', status: 200, took: expect.any(Number) },
    { level: 'warn', peer: '127.0.0.2', status: 403 },
  ]);
  expect(log).toContain('site.metricsfrom: prometheus is neither an address nor a network');
});

async function logged(text: string): Promise<void> {
  while (!log.includes(`"message":"${text}"`)) await once(child.stderr ?? child, 'data');
}

function closing<T extends { close: () => Promise<void> }>(store: T): T & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
