import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the service was asked to change. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** A Redfish service with one system, with the answers of a recorded one. */
export interface RedfishServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** The certificate that signs its own. */
  readonly ca: string;
  readonly asked: Asked[];
  /** The system's resource, as it is now; a test changes it. */
  readonly system: Record<string, unknown>;
  /** Answers in place of the service, if it says true. */
  instead: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const systemPath = '/redfish/v1/Systems/437XR1138R2';
const resetPath = `${systemPath}/Actions/ComputerSystem.Reset`;

/** Only `admin` with the password `geheim` is let in. */
export async function redfishServer(directory: string): Promise<RedfishServer> {
  const key = join(directory, 'redfish.key');
  const ca = join(directory, 'redfish.pem');
  await run(
    'openssl',
    [
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
      ],
      ['-keyout', key, '-out', ca, '-subj', '/CN=bmc', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ].flat(),
  );
  const asked: Asked[] = [];
  const system = recordedSystem();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    if (server.instead(request, response)) return;
    const path = request.url ?? '';
    const authorization = `Basic ${Buffer.from('admin:geheim').toString('base64')}`;
    if (request.headers.authorization !== authorization) return answer(response, 401);
    if (path === '/redfish/v1/Systems') {
      const members = [{ '@odata.id': systemPath }];
      return answer(response, 200, { Members: members, 'Members@odata.count': 1 });
    }
    if (path === systemPath && request.method === 'GET') return answer(response, 200, system);
    if (path !== systemPath && path !== resetPath) return answer(response, 404);
    const value: unknown = JSON.parse(body);
    asked.push({ method: request.method ?? '', path, body: value });
    if (path === resetPath) system['PowerState'] = /Off|Shutdown/u.test(body) ? 'Off' : 'On';
    else Object.assign(system, value);
    answer(response, 204);
  };
  const https = createServer(
    { key: await readFile(key), cert: await readFile(ca) },
    (request, response) => void handle(request, response),
  );
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  const address = https.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const server: RedfishServer = {
    address: `127.0.0.1:${address.port}`,
    ca,
    asked,
    system,
    instead: () => false,
    async [Symbol.asyncDispose]() {
      https.closeAllConnections();
      await new Promise((resolve) => https.close(resolve));
    },
  };
  return server;
}

function answer(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** After the mock-ups that DMTF publishes for DSP2043. */
function recordedSystem(): Record<string, unknown> {
  return {
    '@odata.type': '#ComputerSystem.v1_20_1.ComputerSystem',
    '@odata.id': systemPath,
    Id: '437XR1138R2',
    PowerState: 'On',
    Boot: {
      BootSourceOverrideEnabled: 'Once',
      BootSourceOverrideMode: 'UEFI',
      BootSourceOverrideTarget: 'Pxe',
      'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', 'Pxe', 'Cd', 'Usb', 'Hdd'],
    },
    Actions: {
      '#ComputerSystem.Reset': {
        target: resetPath,
        'ResetType@Redfish.AllowableValues': [
          'On',
          'ForceOff',
          'GracefulShutdown',
          'GracefulRestart',
          'ForceRestart',
          'Nmi',
          'ForceOn',
          'PushPowerButton',
        ],
      },
    },
  };
}
