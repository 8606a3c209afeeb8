import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

/** What the service was asked to change. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** A Redfish service with one system, as DSP0266 and the schemas of DSP8010 have it. */
export interface RedfishServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** The certificate that signs its own. */
  readonly ca: string;
  readonly asked: Asked[];
  /** The system's resource, as it is now; a test changes it. */
  readonly system: Record<string, unknown>;
  /** Tokens of sessions that nobody ended. */
  readonly sessions: ReadonlySet<string>;
  /** How it differs from an obliging one. */
  readonly manners: Manners;
  /** Answers in place of the service, if it says true. */
  instead: (request: IncomingMessage, response: ServerResponse) => boolean;
}

interface Manners {
  /** Whether an account may be told with each question, or only to begin a session. */
  basic: boolean;
  /** A change must name the state it is made of; `*` is no state. */
  exactEtags: boolean;
  /** Says what a reset may be in a resource of its own. */
  actionInfo: boolean;
  /** How often a reset is asked for before it is done; 0: it is at once. */
  taskPolls: number;
  /** What becomes of such a reset. */
  taskState: string;
  /** What stands before its paths in the header Location, as `https://bmc`. */
  locations: string;
  /** The states that it tells after it was switched off, one each time, before it says Off. */
  lateWith: readonly unknown[];
}

const root = '/redfish/v1';
const systemPath = `${root}/Systems/437XR1138R2`;
const resetPath = `${systemPath}/Actions/ComputerSystem.Reset`;
const infoPath = `${systemPath}/ResetActionInfo`;
const sessionsPath = `${root}/SessionService/Sessions`;
const taskPath = `${root}/TaskService/TaskMonitors/1`;

/** Only `admin` with the password `geheim` is let in. */
export async function redfishServer(directory: string): Promise<RedfishServer> {
  const key = join(directory, 'redfish.key');
  const ca = join(directory, 'redfish.pem');
  await makeCertificate(key, ca);
  const asked: Asked[] = [];
  const system = newSystem();
  const sessions = new Set<string>();
  const manners: Manners = {
    basic: true,
    exactEtags: false,
    actionInfo: false,
    taskPolls: 0,
    taskState: 'Completed',
    locations: '',
    lateWith: [],
  };
  let late: unknown[] = [];
  let version = 1;
  let polls = 0;
  const isKnown = ({ authorization, 'x-auth-token': token }: IncomingHttpHeaders) =>
    typeof token === 'string'
      ? sessions.has(token)
      : manners.basic && authorization === `Basic ${btoa('admin:geheim')}`;
  const reset = (type: string) => {
    const isOff = /Off|Shutdown/u.test(type);
    system['PowerState'] = isOff ? 'Off' : 'On';
    late = isOff ? [...manners.lateWith] : [];
  };
  const systemNow = () => {
    const PowerState = late.length > 0 ? late.shift() : system['PowerState'];
    return { ...system, PowerState, Actions: actions(system, manners) };
  };

  const logIn = (body: Record<string, unknown>, response: ServerResponse) => {
    if (body['UserName'] !== 'admin' || body['Password'] !== 'geheim') return refuse(response, 401);
    const token = `token-${(version += 1)}`;
    sessions.add(token);
    const path = `${sessionsPath}/${token}`;
    response.setHeader('X-Auth-Token', token).setHeader('Location', path);
    answer(response, 201, { ...resource(path, 'Session.v1_7_0.Session'), UserName: 'admin' });
  };
  const change = (request: IncomingMessage, body: object, response: ServerResponse) => {
    const given = request.headers['if-match'];
    const isAny = !manners.exactEtags && (given === undefined || given === '*');
    if (!isAny && given !== etag()) return refuse(response, 412);
    Object.assign(system, merged(system, body));
    version += 1;
    answer(response, 204);
  };
  const pollTask = (response: ServerResponse) => {
    polls += 1;
    const isOver = polls >= manners.taskPolls;
    if (!isOver) response.setHeader('Retry-After', '0.01');
    answer(response, isOver ? 200 : 202, {
      ...resource(taskPath, 'Task.v1_7_4.Task'),
      TaskState: isOver ? manners.taskState : 'Running',
      Messages: [{ MessageId: 'Base.1.19.GeneralError', Message: 'The fan is stuck' }],
    });
  };
  const etag = () => `"${version}"`;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    if (server.instead(request, response)) return;
    const { method = '', url = '' } = request;
    const path = url.replace(/\/$/u, '');
    const value: unknown = body === '' ? {} : JSON.parse(body);
    const given = typeof value === 'object' && value !== null ? { ...value } : {};
    response.setHeader('OData-Version', '4.0');
    // Whoever comes may read what the service is, and begin a session.
    if (path === root) return answer(response, 200, serviceRoot());
    if (path === sessionsPath && method === 'POST') return logIn(given, response);
    if (!isKnown(request.headers)) {
      if (manners.basic) response.setHeader('WWW-Authenticate', 'Basic realm="Redfish"');
      return refuse(response, 401);
    }
    if (method === 'DELETE') {
      sessions.delete(path.split('/').at(-1) ?? '');
      return answer(response, 204);
    }
    if (method === 'GET') {
      if (path === systemPath) {
        response.setHeader('ETag', etag());
        return answer(response, 200, systemNow());
      }
      if (path === taskPath) return pollTask(response);
      const found = resources.get(path);
      return found === undefined ? refuse(response, 404) : answer(response, 200, found);
    }
    if (path !== systemPath && path !== resetPath) return refuse(response, 405);
    asked.push({ method, path, body: value });
    if (path === systemPath) return change(request, given, response);
    reset(body);
    if (manners.taskPolls === 0) return answer(response, 204);
    polls = 0;
    response.setHeader('Location', manners.locations + taskPath);
    answer(response, 202, { ...resource(taskPath, 'Task.v1_7_4.Task'), TaskState: 'New' });
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
    sessions,
    manners,
    instead: () => false,
    async [Symbol.asyncDispose]() {
      https.closeAllConnections();
      await new Promise((resolve) => https.close(resolve));
    },
  };
  return server;
}

async function makeCertificate(key: string, certificate: string): Promise<void> {
  const words = [
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ['-days', '2', '-keyout', key, '-out', certificate, '-subj', '/CN=bmc'],
    ['-addext', 'subjectAltName=IP:127.0.0.1'],
  ];
  await promisify(execFile)('openssl', words.flat());
}

function answer(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number): void {
  const message = `The service refuses this with ${status}.`;
  const code = 'Base.1.19.GeneralError';
  const info = [{ MessageId: code, Message: message, Severity: 'Critical' }];
  answer(response, status, { error: { code, message, '@Message.ExtendedInfo': info } });
}

/** A PATCH changes properties of an object, and leaves the others. */
function merged(old: Readonly<Record<string, unknown>>, changes: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...old };
  for (const [name, value] of Object.entries(changes)) {
    const before = old[name];
    result[name] =
      typeof value === 'object' && value !== null && typeof before === 'object'
        ? { ...before, ...value }
        : value;
  }
  return result;
}

/** What every resource has (DSP0266, resource properties). */
function resource(path: string, type: string) {
  const id = path.split('/').at(-1) ?? '';
  return { '@odata.id': path, '@odata.type': `#${type}`, Id: id, Name: id };
}

function collection(path: string, type: string, members: readonly string[]) {
  return {
    '@odata.id': path,
    '@odata.type': `#${type}`,
    Name: type,
    Members: members.map((member) => ({ '@odata.id': member })),
    'Members@odata.count': members.length,
  };
}

function serviceRoot() {
  return {
    ...resource(root, 'ServiceRoot.v1_16_0.ServiceRoot'),
    Id: 'RootService',
    RedfishVersion: '1.18.0',
    UUID: '92384634-2938-2342-8820-489239905423',
    Systems: { '@odata.id': `${root}/Systems` },
    SessionService: { '@odata.id': `${root}/SessionService` },
    Tasks: { '@odata.id': `${root}/TaskService` },
    Links: { Sessions: { '@odata.id': sessionsPath } },
  };
}

const resetTypes = [
  'On',
  'ForceOff',
  'GracefulShutdown',
  'GracefulRestart',
  'ForceRestart',
  'Nmi',
  'ForceOn',
  'PushPowerButton',
];

/** What is the same at any time. */
const resources: ReadonlyMap<string, object> = new Map<string, object>([
  [
    `${root}/Systems`,
    collection(`${root}/Systems`, 'ComputerSystemCollection.ComputerSystemCollection', [
      systemPath,
    ]),
  ],
  [
    `${root}/SessionService`,
    {
      ...resource(`${root}/SessionService`, 'SessionService.v1_1_9.SessionService'),
      ServiceEnabled: true,
      SessionTimeout: 1800,
      Sessions: { '@odata.id': sessionsPath },
    },
  ],
  [sessionsPath, collection(sessionsPath, 'SessionCollection.SessionCollection', [])],
  [
    infoPath,
    {
      ...resource(infoPath, 'ActionInfo.v1_4_2.ActionInfo'),
      Parameters: [
        { Name: 'ResetType', Required: true, DataType: 'String', AllowableValues: resetTypes },
      ],
    },
  ],
]);

function newSystem(): Record<string, unknown> {
  return {
    ...resource(systemPath, 'ComputerSystem.v1_22_0.ComputerSystem'),
    SystemType: 'Physical',
    Status: { State: 'Enabled', Health: 'OK' },
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
        'ResetType@Redfish.AllowableValues': resetTypes,
      },
    },
  };
}

function actions(system: Record<string, unknown>, { actionInfo }: Manners): unknown {
  if (!actionInfo) return system['Actions'];
  return { '#ComputerSystem.Reset': { target: resetPath, '@Redfish.ActionInfo': infoPath } };
}
