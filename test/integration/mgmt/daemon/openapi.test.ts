import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matchRoutes } from '../../../../mgmt/daemon/api-match.ts';
import { routes } from '../../../../mgmt/daemon/api-routes.ts';
import { storeReport } from '../../../../mgmt/daemon/reports.ts';
import { ownScripts } from '../../../../mgmt/postscripts/own-scripts.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { apiCall } from '../../../helpers/api-call.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import { clientCertificate } from '../../../helpers/client-certificate.ts';
import { startTestDaemon, type TestDaemon } from '../../../helpers/daemon.ts';
import { record, resolved, violations } from '../../../helpers/json-schema.ts';

let etc: string;
let server: TestDaemon;
let root: { ca: string; cert: string; key: string };
let document: Readonly<Record<string, unknown>>;

const time = new Date('2026-11-22T01:02:03.004Z');
/** What stands in the path of a route for a test. */
const examples: Readonly<Record<string, string>> = {
  '{node}': 'n1',
  '{id}': '2026-11-22T01-02-03.004Z',
  '{digest}': createHash('sha256')
    .update(ownScripts.get('syslog') ?? '')
    .digest('hex'),
  '{name}': 'ssh_host_ed25519_key.pub',
};
const bodies: Readonly<Record<string, string>> = {
  '/v1/report': JSON.stringify(bootReport),
  '/v1/status': '{"status":"booted"}',
};

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
  const ca = await readFile(certificatePaths(etc).ca, 'utf8');
  root = { ca, ...(await clientCertificate(etc, 'root')) };
  await storeReport(join(etc, 'reports'), 'n1', bootReport, time);
  server = await startTestDaemon(etc, {}, { state: etc });
  const { body } = await apiCall(server.ports.tls, { ca, path: '/v1/openapi.json' });
  document = record(body);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(etc, { recursive: true });
});

describe('the description that is served', () => {
  test('is OpenAPI 3.1 and leads nowhere else', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'statelite' } });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/gu)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, $ref] of references) expect(resolved(document, { $ref })).toHaveProperty('type');
  });

  test('has every route, and no other', () => {
    const described = Object.entries(record(document['paths'])).flatMap(([path, methods]) =>
      Object.keys(record(methods)).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = routes.map(({ method, path }) => `${method} ${path}`);
    expect(described.toSorted()).toEqual(served.toSorted());
    for (const one of described) {
      const [method = '', path = ''] = one.split(' ');
      const asked = path.replaceAll(/\{\w+\}/gu, (name) => examples[name] ?? name);
      expect(matchRoutes(routes)(method, asked).route.path).toBe(path);
    }
  });

  test('describes each part of a path', () => {
    for (const [path, methods] of Object.entries(record(document['paths']))) {
      const names = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name);
      for (const operation of Object.values(record(methods))) {
        const parameters = record(operation)['parameters'] ?? [];
        if (!Array.isArray(parameters)) throw new Error('parameters are no list');
        const inPath = parameters.map(record).filter((parameter) => parameter['in'] === 'path');
        expect(inPath.map(({ name }) => name)).toEqual(names);
      }
    }
  });
});

const succeeding = routes.map(({ method, path }) => [method, path] as const);

test.for(succeeding)('%s %s answers as it is described', async ([method, template]) => {
  const path = template.replaceAll(/\{\w+\}/gu, (name) => examples[name] ?? name);
  // Credentials are for root of a node.
  const from = template.startsWith('/v1/credentials/') ? { localPort: 609 } : {};
  const options = { ...root, ...from, method, path };
  const { status } = await apiCall(server.ports.tls, options, bodies[template]);
  expect(status).toBe(bodies[template] === undefined ? 200 : 204);
});

test('what nodes send is described: a report is taken, one with another outcome is not', () => {
  const { requestBody } = record(record(record(document['paths'])['/v1/report'])['post']);
  const media = record(record(requestBody)['content'])['application/json'];
  const { schema } = record(media);
  expect(violations(document, schema, bootReport)).toEqual([]);
  expect(violations(document, schema, { ...bootReport, outcome: 'fine', more: 1 })).toEqual([
    '/outcome: is not in enum',
    '/more: is not described',
  ]);
});
