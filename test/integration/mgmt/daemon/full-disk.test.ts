import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { apiCall } from '../../../helpers/api-call.ts';
import { bootReport } from '../../../helpers/boot-report.ts';

const program = new URL('../../../helpers/serve-process.ts', import.meta.url).pathname;
/** Mounts a small file system over DIRECTORY, in a namespace of its own, and serves from there. */
const script =
  'mount -t tmpfs -o size=4m tmpfs "$1/state" && cp -r "$1/copy/." "$1/state" && shift && exec "$@"';

let directory: string;
let child: ChildProcess;
let log: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  const state = join(directory, 'state');
  const store = openStore(join(state, 'statelite.db'));
  await store.insert(tables.nodelist, { node: 'n1', status: 'booted' });
  await store.insert(tables.hosts, { node: 'n1', ip: '127.0.0.1' });
  await store.insert(tables.nodetype, { node: 'n1', provmethod: 'compute' });
  await store.close();
  await cp(state, join(directory, 'copy'), { recursive: true });
  await ensureCertificates(join(directory, 'etc'), ['127.0.0.1'], new Date());
  const ports = ['--port', '0', '--status-port', '0', '--http-port', '0'];
  const serve = [program, directory, 'serve', '--listen', '127.0.0.1', ...ports];
  const namespace = ['--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', directory];
  child = spawn('unshare', [...namespace, process.execPath, ...serve]);
  log = '';
  child.stdout?.on('data', (chunk) => (log += String(chunk)));
  child.stderr?.on('data', (chunk) => (log += String(chunk)));
  await expect.poll(() => log, { timeout: 20_000 }).toContain('ready');
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(directory, { recursive: true });
});

test('a full disk costs reports and statuses, and no answer', async () => {
  const [port = 0] = [...log.matchAll(/port (\d+)/gu)].map(([, found]) => Number(found));
  const ca = await readFile(certificatePaths(join(directory, 'etc')).ca, 'utf8');
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const { status } = await apiCall(port, { ca, method, path }, JSON.stringify(body));
    return status;
  };
  const filler = join(`/proc/${child.pid}/root`, directory, 'state/filler');
  await promisify(execFile)('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']).catch(() => {});
  expect(await call('GET', '/v1/boot')).toBe(200);
  expect(await call('POST', '/v1/report', bootReport)).toBe(204);
  expect(await call('POST', '/v1/status', { status: 'netbooting' })).toBe(503);
  await expect.poll(() => log).toContain('n1: its report is lost: Error: ENOSPC');
  expect(log).toContain('is the disk full?');
  expect(await call('GET', '/v1/boot')).toBe(200);
  await rm(filler);
  expect(await call('POST', '/v1/status', { status: 'booted' })).toBe(204);
  expect(await call('POST', '/v1/report', bootReport)).toBe(204);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
