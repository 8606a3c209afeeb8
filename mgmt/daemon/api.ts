import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { explainError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import { type Matched, matchRoutes, queryOf } from './api-match.ts';
import type { Call, Result, Route } from './api-route.ts';
import { routes } from './api-routes.ts';
import { readJson } from './body.ts';
import type { DaemonDeps } from './deps.ts';
import { asHttpError, HttpError } from './http-error.ts';
import { type Peer, peerOf } from './peer.ts';
import { refuseDenied, refuseStranger, refuseUncertified } from './refusal.ts';
import type { ServerState } from './server-state.ts';

/** The JSON API. Who is asking is decided by address and certificate, never by the request. */
export function createApi(deps: DaemonDeps, state: ServerState): RequestListener {
  return (request, response) => {
    response.on('error', (error) => deps.log.debug(`JSON API: ${error.message}`));
    void respond(request, response, deps, state);
  };
}

/** What is known of a request so far, for log and metrics. */
interface Asked {
  peer: Peer;
  /** The route's path; `unknown` is none of ours. */
  route: string;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  deps: DaemonDeps,
  state: ServerState,
): Promise<void> {
  const start = performance.now();
  const asked: Asked = { peer: peerOf(request.socket, nobody), route: 'unknown' };
  try {
    const matched = match(request.method ?? '', pathOf(request));
    asked.route = matched.route.path;
    const result = await answer(matched, request, asked, deps, state);
    send(response, result);
    if (result.what !== undefined) {
      const took = Math.round(performance.now() - start);
      const fields = { ...fieldsOf(asked), status: response.statusCode, took };
      deps.log.info(`${whoIs(asked)}: ${plain(result.what)}, ${took} ms`, fields);
    }
  } catch (error) {
    const { status, body, headers } = asHttpError(error);
    // What is left of a refused body would be taken for the next request.
    if (!request.complete) response.setHeader('Connection', 'close');
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    send(response, { status, json: body });
    request.resume();
    logFailure(error, status, request, asked, deps);
  }
  const { metrics } = deps;
  const labels = { protocol: 'api', route: asked.route };
  metrics.count('statelite_requests_total', { ...labels, result: String(response.statusCode) });
  metrics.observe('statelite_request_seconds', (performance.now() - start) / 1000, labels);
}

/** Throws for who may not ask this. A body is read only of who may. */
async function answer(
  { route, parameters }: Matched,
  request: IncomingMessage,
  asked: Asked,
  deps: DaemonDeps,
  state: ServerState,
): Promise<Result> {
  const query = queryOf(route, request.url ?? '');
  if (route.who !== 'anybody') asked.peer = peerOf(request.socket, await deps.view());
  const { peer } = asked;
  if (route.who === 'monitor' || route.who === 'administrator') {
    await checkMay(route, parameters['node'], peer, deps, state);
  }
  const call = async (): Promise<Call> => {
    const body = route.body === undefined ? undefined : await readJson(request, route.body.limit);
    return { peer, view: deps.view, body, parameters, query, deps, state };
  };
  if (route.who !== 'node') return route.handle(await call());
  const { node } = peer;
  if (node === undefined) return refuseStranger(deps, peer.address);
  return route.handle({ ...(await call()), node });
}

async function checkMay(
  { who, command }: Extract<Route, { readonly command: string }>,
  node: string | undefined,
  peer: Peer,
  deps: DaemonDeps,
  state: ServerState,
): Promise<void> {
  if (who === 'monitor' && state.isMonitor(peer.address)) return;
  if (peer.name === undefined) refuseUncertified(deps, command, peer.address);
  const nodes = node === undefined ? [] : [node];
  const { allowed } = (await deps.view()).decide(peer, { command, nodes, args: [] });
  if (!allowed) refuseDenied(deps, command, peer.name);
}

function send(response: ServerResponse, result: Result): void {
  const { status, json, type = 'application/json' } = result;
  const text =
    result.bytes ?? result.text ?? (json === undefined ? undefined : `${JSON.stringify(json)}\n`);
  response.statusCode = status ?? (text === undefined ? 204 : 200);
  if (text === undefined) {
    response.end();
    return;
  }
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  // A text goes with the headers in one piece, bytes would be a second one.
  response.end(text);
}

function logFailure(
  error: unknown,
  status: number,
  request: IncomingMessage,
  asked: Asked,
  { log }: DaemonDeps,
): void {
  const what = plain(`${whoIs(asked)}: ${request.method} ${pathOf(request)} ${status}`);
  const fields = { ...fieldsOf(asked), status };
  // What a client sent may stand in the message.
  if (error instanceof HttpError) log.warn(`${what}: ${plain(error.message)}`, fields);
  else log.error(`${what}\n${explainError(error).join('\n')}`, fields);
}

const match = matchRoutes(routes);
const nobody = { identify: () => undefined };

function whoIs({ peer: { node, name, address } }: Asked): string {
  return node ?? name ?? address;
}

function fieldsOf({ peer: { node, name, address }, route }: Asked) {
  return { node, name, peer: address, route };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1).join();
}
