import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import type { DaemonDeps } from '../../../../mgmt/daemon/deps.ts';
import { parseMetricsFrom } from '../../../../mgmt/daemon/metrics-from.ts';
import { storeReport } from '../../../../mgmt/daemon/reports.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { apiCall } from '../../../helpers/api-call.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import { clientCertificate } from '../../../helpers/client-certificate.ts';
import { startTestDaemon, view } from '../../../helpers/daemon.ts';
import { parsePrometheus } from '../../../helpers/prometheus.ts';
import { certifiedBetween } from '../../../helpers/tls-server.ts';

let etc: string;
let ca: string;
let root: { ca: string; cert: string; key: string };

const at = (day: number) => new Date(Date.UTC(2026, 10, day, 1, 2, 3, 4));

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  ca = await readFile(certificatePaths(etc).ca, 'utf8');
  root = { ca, ...(await clientCertificate(etc, 'root')) };
  const reports = join(etc, 'reports');
  await storeReport(reports, 'n1', bootReport, at(1));
  await storeReport(reports, 'n1', { ...bootReport, outcome: 'degraded' }, at(2));
  await storeReport(reports, 'n2', bootReport, at(1));
});
afterAll(() => rm(etc, { recursive: true }));

const noDatabase: Partial<DaemonDeps> = {
  view: () => Promise.reject(new StateliteError('ERR_STATELITE_DATABASE', 'gone')),
};

describe('an administrator with a certificate', () => {
  test('reads the last report of every node, and all of one', async () => {
    await using server = await startTestDaemon(etc);
    const last = await apiCall(server.ports.tls, { ...root, path: '/v1/reports' });
    expect(last.body).toMatchObject({
      reports: [
        { node: 'n1', outcome: 'degraded', time: '2026-11-02T01:02:03.004Z', seconds: 0.9 },
        { node: 'n2', outcome: 'ok', steps: 1, warnings: 0, image: 'compute' },
      ],
    });
    const all = await apiCall(server.ports.tls, { ...root, path: '/v1/reports/n1' });
    expect(all.body).toMatchObject({ reports: [{ outcome: 'degraded' }, { outcome: 'ok' }] });
    const one = await apiCall(server.ports.tls, { ...root, path: '/v1/reports/n1?last=1' });
    expect(one.body).toMatchObject({ reports: [{ id: '2026-11-02T01-02-03.004Z' }] });
    expect(server.log.at(-1)).toMatch(/^<6>test: n1: reports of n1, \d+ ms$/u);
  });

  test('reads one report as the node sent it', async () => {
    await using server = await startTestDaemon(etc);
    const path = '/v1/reports/n2/2026-11-01T01-02-03.004Z';
    const { body } = await apiCall(server.ports.tls, { ...root, path });
    expect(body).toMatchObject({ node: 'n2', report: bootReport });
  });

  test.for([
    ['/v1/reports/n9', 404],
    ['/v1/reports/n1/2026-11-09T01-02-03.004Z', 404],
    ['/v1/reports/n1/..%2f..%2fca.key', 404],
    ['/v1/reports/../n1', 404],
    ['/v1/reports/..', 404],
    ['/v1/reports/', 404],
    ['/v1/reports/n1?last=many', 400],
    ['/v1/nodes/n9', 404],
  ] as const)('%s is %i', async ([path, expected]) => {
    await using server = await startTestDaemon(etc);
    expect((await apiCall(server.ports.tls, { ...root, path })).status).toBe(expected);
  });

  test('reads the status of the nodes', async () => {
    await using server = await startTestDaemon(etc);
    const all = await apiCall(server.ports.tls, { ...root, path: '/v1/nodes' });
    const booted = { node: 'n1', status: 'booted', statustime: '11-22-2026 01:02:03' };
    expect(all.body).toEqual({ nodes: [booted, { node: 'n2' }] });
    const one = await apiCall(server.ports.tls, { ...root, path: '/v1/nodes/n1' });
    expect(one.body).toEqual(booted);
  });

  test('is refused what no policy row allows', async () => {
    const asked: unknown[] = [];
    await using server = await startTestDaemon(etc, {
      view: async () => ({
        ...view,
        decide: ({ name }, request) => {
          asked.push([name, request]);
          return { allowed: false, trusted: false, row: undefined };
        },
      }),
    });
    const { status } = await apiCall(server.ports.tls, { ...root, path: '/v1/reports/n1' });
    expect(status).toBe(403);
    expect(asked).toEqual([['root', { command: 'report', nodes: ['n1'], args: [] }]]);
  });
});

test.for(['/v1/reports', '/v1/reports/n1', '/v1/nodes', '/v1/nodes/n1'])(
  'a node without a certificate is refused %s, also about itself, and counted',
  async (path) => {
    await using server = await startTestDaemon(etc);
    const { status, body } = await apiCall(server.ports.tls, { ca, path });
    expect(status).toBe(403);
    expect(JSON.stringify(body)).toContain('shows no certificate of ours');
    expect(await metricsOf(server.ports.http)).toHaveProperty('statelite_denied_requests_total');
  },
);

const health = (path: string, tls: number) => apiCall(tls, { ca, path });

describe('health', () => {
  test('is ready with database, certificate and ports', async () => {
    await using server = await startTestDaemon(etc);
    const checks = { database: 'ok', certificate: 'ok', listeners: 'ok' };
    expect(await health('/v1/health/ready', server.ports.tls)).toMatchObject({
      status: 200,
      body: { status: 'ok', checks },
    });
  });

  test('is not ready without a database, and says no more to strangers; it lives', async () => {
    await using server = await startTestDaemon(etc, noDatabase);
    const { status, body } = await health('/v1/health/ready', server.ports.tls);
    expect([status, body]).toEqual([
      503,
      { status: 'failed', checks: { database: 'failed', certificate: 'ok', listeners: 'ok' } },
    ]);
    expect(server.log.join('\n')).toContain('the database cannot be read: gone');
    expect((await health('/v1/health/live', server.ports.tls)).status).toBe(200);
    expect((await health('/v1/health', server.ports.tls)).status).toBe(503);
  });

  test.for([
    ['away', () => Promise.reject(new StateliteError('ERR_STATELITE_DATABASE', 'gone'))],
    ['hanging', () => new Promise<never>(() => {})],
  ] as const)(
    'is ready with a database %s while the tables are in memory',
    async ([, readTables]) => {
      await using server = await startTestDaemon(etc, { readTables });
      expect(await health('/v1/health/ready', server.ports.tls)).toMatchObject({
        status: 200,
        body: { status: 'ok', checks: { database: 'memory' } },
      });
    },
  );

  test('is not ready with a certificate that has ended', async () => {
    const ended = await certifiedBetween(etc, 2001, 2002);
    await using server = await startTestDaemon(etc, {}, { credentials: async () => ended });
    const { body } = await apiCall(server.ports.tls, {
      rejectUnauthorized: false,
      path: '/v1/health/ready',
    });
    expect(body).toMatchObject({ status: 'failed', checks: { certificate: 'failed' } });
  });
});

describe('metrics', () => {
  test('say what was asked, by whom, and how the process is', async () => {
    await using server = await startTestDaemon(etc);
    const { tls, http } = server.ports;
    await apiCall(tls, { ca, path: '/v1/boot' });
    await apiCall(tls, { ca, path: '/v1/report', method: 'POST' }, JSON.stringify(bootReport));
    await apiCall(tls, { ca, path: '/v1/boot', localAddress: '127.0.0.2' });
    await apiCall(tls, { ca, path: '/nothing' });
    const metrics = await metricsOf(http);
    const value = (name: string, labels = '') => metrics[name]?.samples[`${name}${labels}`];
    const requests = (route: string, result: number) =>
      value('statelite_requests_total', `{protocol="api",route="${route}",result="${result}"}`);
    expect([requests('/v1/boot', 200), requests('/v1/boot', 403)]).toEqual([1, 1]);
    expect([requests('/v1/report', 204), requests('unknown', 404)]).toEqual([1, 1]);
    expect(value('statelite_boots_total', '{outcome="ok"}')).toBe(1);
    expect(value('statelite_unknown_peers_total', '{protocol="api"}')).toBe(1);
    expect(value('statelite_nodes', '{status="booted"}')).toBe(1);
    expect(value('statelite_nodes', '{status="none"}')).toBe(1);
    expect(value('statelite_certificate_expiry_seconds')).toBeGreaterThan(86_400);
    expect(value('process_open_fds')).toBeGreaterThan(3);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  test('are on the HTTP port for the addresses of site.metricsfrom only', async () => {
    const metricsFrom = parseMetricsFrom('127.0.0.2');
    await using server = await startTestDaemon(etc, {}, { metricsFrom });
    const response = await fetch(`http://127.0.0.1:${server.ports.http}/metrics`);
    expect(response.status).toBe(404);
    const tls = { ca, path: '/metrics' };
    expect((await apiCall(server.ports.tls, tls)).status).toBe(403);
    const admitted = await apiCall(server.ports.tls, { ...tls, localAddress: '127.0.0.2' });
    expect(parsePrometheus(String(admitted.body))).toHaveProperty('process_open_fds');
    const certified = await apiCall(server.ports.tls, { ...root, path: '/metrics' });
    expect(certified.status).toBe(200);
  });

  test('lack the nodes while there is no database, and are told', async () => {
    await using server = await startTestDaemon(etc, noDatabase);
    const metrics = await metricsOf(server.ports.http);
    expect(metrics).toHaveProperty('process_open_fds');
    expect(metrics).not.toHaveProperty('statelite_nodes');
  });
});

async function metricsOf(port: number) {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parsePrometheus(await response.text());
}
