import { normalAddress } from './address-book.ts';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { explainError } from '../../agent/errors.ts';
import { nodeStatuses } from '../../agent/protocol/status.ts';
import { readJson } from './body.ts';
import { decodeReport } from './decode-report.ts';
import type { DaemonDeps, View } from './deps.ts';
import { asHttpError, badRequest, HttpError } from './http-error.ts';

const reportLimit = 4 * 1024 * 1024;
const statusLimit = 1024;

interface Call {
  readonly node: string;
  readonly view: View;
  readonly request: IncomingMessage;
  readonly deps: DaemonDeps;
}

/** What is sent back, 204 without JSON; and what the log says of it. */
interface Result {
  readonly json?: unknown;
  readonly what?: string;
}

type Handler = (call: Call) => Result | Promise<Result>;

const nodeRoutes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/v1/boot': { GET: boot },
  '/v1/report': { POST: report },
  '/v1/status': { POST: status },
};

/** The JSON API. Who is asking is decided by the source address, never by the request. */
export function createApi(deps: DaemonDeps): RequestListener {
  return (request, response) => {
    response.on('error', (error) => deps.log.debug(`JSON API: ${error.message}`));
    void respond(request, response, deps);
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, deps: DaemonDeps) {
  const start = performance.now();
  const peer = normalAddress(request.socket.remoteAddress ?? '') ?? 'a closed connection';
  let who = peer;
  try {
    const handler = findHandler(request);
    const view = await deps.view();
    if (handler === undefined) {
      send(response, 200, { status: 'ok' });
      return;
    }
    const node = view.identify(peer);
    if (node === undefined) throw stranger(peer);
    who = node;
    const { json, what } = await handler({ node, view, request, deps });
    send(response, json === undefined ? 204 : 200, json);
    deps.log.info(`${node}: ${what}, ${Math.round(performance.now() - start)} ms`);
  } catch (error) {
    const { status: code, body, headers } = asHttpError(error);
    // What is left of a refused body would be taken for the next request.
    if (!request.complete) response.setHeader('Connection', 'close');
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    send(response, code, body);
    request.resume();
    const what = `${who}: ${request.method} ${pathOf(request)} ${code}`;
    if (error instanceof HttpError) deps.log.warn(`${what}: ${error.message}`);
    else deps.log.error(`${what}\n${explainError(error).join('\n')}`);
  }
}

/** Undefined for the one request that anybody may send, also a monitor that is no node. */
function findHandler(request: IncomingMessage): Handler | undefined {
  const path = pathOf(request);
  const method = request.method ?? '';
  const methods: Readonly<Record<string, Handler | undefined>> | undefined =
    path === '/v1/health' ? { GET: undefined } : nodeRoutes[path];
  if (methods === undefined) throw badRequest(`there is no ${path}`, 404);
  if (!Object.hasOwn(methods, method)) {
    const allow = Object.keys(methods).join(', ');
    throw new HttpError(
      405,
      { code: 'ERR_STATELITE_REQUEST', message: `${path} is for ${allow}` },
      { Allow: allow },
    );
  }
  return methods[method];
}

async function boot({ node, view }: Call): Promise<Result> {
  const refused = ['litefile', 'litetree'].find((command) => !view.isAllowed(node, command));
  if (refused !== undefined) {
    throw new HttpError(403, {
      code: 'ERR_STATELITE_DENIED',
      message: `no policy row allows ${refused} for ${node}`,
      hint: `policy rows with commands=litefile and commands=litetree, rule=allow`,
    });
  }
  const answer = await view.answerFor(node);
  const { length } = answer.litefile;
  return { json: answer, what: `boot answer, ${length} files, image ${answer.image}` };
}

async function report({ node, request, deps }: Call): Promise<Result> {
  const decoded = decodeReport(await readJson(request, reportLimit));
  await deps.recordReport(node, decoded);
  const { outcome, took, steps } = decoded;
  return {
    what: `boot report: ${outcome}, ${steps.length} steps in ${(took / 1000).toFixed(1)} s`,
  };
}

async function status({ node, request, deps }: Call): Promise<Result> {
  const value = await readJson(request, statusLimit);
  const word: unknown =
    typeof value === 'object' && value !== null && 'status' in value && value.status;
  if (typeof word !== 'string' || !nodeStatuses.includes(word)) {
    throw badRequest(`the body is not {"status": WORD} with one of: ${nodeStatuses.join(', ')}`);
  }
  await deps.recordStatus(node, word);
  return { what: `status ${word}` };
}

function send(response: ServerResponse, code: number, json: unknown): void {
  response.statusCode = code;
  if (json === undefined) {
    response.end();
    return;
  }
  const bytes = Buffer.from(`${JSON.stringify(json)}\n`);
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

function stranger(peer: string): HttpError {
  return new HttpError(403, {
    code: 'ERR_STATELITE_DENIED',
    message: `no node has the address ${peer}`,
    hint: 'set hosts.ip, or hosts.otherinterfaces for a further NIC, of the node',
  });
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1).join();
}
