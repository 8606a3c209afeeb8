import type { Socket } from 'node:net';
import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import { parseStockRequest } from '../../agent/protocol/stock-xml.ts';
import type { Connections } from './connections.ts';
import { plain } from '../core/plain.ts';
import type { LogFields } from './daemon-log.ts';
import type { DaemonDeps } from './deps.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { type Peer, peerOf } from './peer.ts';
import { readRequest } from './read-request.ts';
import { answerStock, nodeCommands, type StockAnswer } from './stock-answer.ts';
import { lastResponse } from './stock-reply.ts';
import { serveSession } from './stock-session.ts';

const replyTime = 30_000;

/** Stock closes as soon as this many bytes hold no `<xcatrequest>`. */
const enoughToTell = 15;

const requestEnd = '</xcatrequest>';

/**
 * Stock's protocol on one connection. Who shows a certificate may send one request after the other.
 * Everybody else sends one, gets one reply, and is closed: such clients wait for the end of the
 * stream, and stock lets them wait for 15 s (node QUIRK-11).
 *
 * A stock node asks again only if it got not a single byte, and takes any other reply for its
 * list (node QUIRK-13, mgmt QUIRK-23): so strangers, and nodes we have no list for now, get nothing.
 */
export async function serveStock(
  socket: Socket,
  connections: Connections,
  deps: DaemonDeps,
  limits: Pick<Limits, 'idle'>,
): Promise<void> {
  const address = socket.remoteAddress ?? 'a closed connection';
  socket.on('error', (error) => deps.log.debug(`${address}: ${error.message}`));
  if (peerOf(socket, nobody).name !== undefined) {
    return serveSession(socket, connections, limits, (text) => answer(text, socket, deps));
  }
  const text = await readRequest(socket, connections, {
    time: limits.idle,
    bytes: 64 * 1024,
    isComplete: (received) => received.includes(requestEnd),
    isForeign,
  });
  if (text === undefined) {
    deps.log.debug(`${address}: no request on the TLS port`);
    socket.destroy();
    return;
  }
  const request = text.slice(0, text.indexOf(requestEnd) + requestEnd.length);
  socket.setTimeout(replyTime, () => socket.destroy());
  socket.end(await answer(request, socket, deps), () => void connections.waiting(socket));
}

const nobody = { identify: () => undefined };

/** Who asks for what, as far as it is known. */
interface Asked {
  peer: Peer;
  command: string;
  transid: string | undefined;
}

/** Never rejects; empty if nothing is to be sent. */
async function answer(text: string, socket: Socket, deps: DaemonDeps): Promise<string> {
  const start = performance.now();
  const asked: Asked = { peer: peerOf(socket, nobody), command: '', transid: undefined };
  let result: StockAnswer['result'] = 'failed';
  try {
    const view = await deps.view();
    const peer = peerOf(socket, view);
    asked.peer = peer;
    if (peer.node === undefined && peer.name === undefined) {
      deps.metrics.count('statelite_unknown_peers_total', { protocol });
      deps.log.warn(`${peer.address}: closed, no hosts row has this address`, fieldsOf(asked));
      return '';
    }
    const request = parseStockRequest(text);
    asked.command = request.command;
    asked.transid = request.transid;
    const { reply, what, ...rest } = await answerStock(request, peer, view, deps);
    result = rest.result;
    const took = Math.round(performance.now() - start);
    deps.log.info(`${whoIs(peer)}: ${what}, ${took} ms`, { ...fieldsOf(asked), took });
    return reply;
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_DENIED')) result = 'denied';
    return failed(error, asked, deps);
  } finally {
    count(asked, result, (performance.now() - start) / 1000, deps.metrics);
  }
}

/** Nodes are sent nothing, and nobody an answer to what is no request. */
function failed(error: unknown, asked: Asked, { log }: DaemonDeps): string {
  const isAnswered = asked.peer.name !== undefined && !hasCode(error, 'ERR_STATELITE_REQUEST');
  const end = isAnswered ? 'failed' : 'closed without an answer';
  const why = explainError(error).join('\n');
  log.error(`${whoIs(asked.peer)}: ${end}\n${why}`, fieldsOf(asked));
  if (!isAnswered) return '';
  const words = error instanceof StateliteError ? error.message : 'see the log of the daemon';
  return lastResponse({ error: [words], errorcode: ['1'] }, asked);
}

function whoIs({ name, node, address }: Peer): string {
  return name === undefined ? (node ?? address) : `${plain(name)} at ${address}`;
}

function fieldsOf({ peer: { node, name, address }, command }: Asked): LogFields {
  return { node, name, peer: address, route: routeOf(command) };
}

const protocol = 'stock';

function count(
  { command }: Asked,
  result: StockAnswer['result'],
  seconds: number,
  metrics: Metrics,
): void {
  const route = routeOf(command);
  metrics.count('statelite_requests_total', { protocol, route, result });
  metrics.observe('statelite_request_seconds', seconds, { protocol, route });
  if (result === 'denied') {
    metrics.count('statelite_denied_requests_total', { protocol, command: route });
  }
}

/** Names that stand in metrics; a client could make up any number of others. */
const routes = new Set([...nodeCommands, 'tabdump', 'nodels', 'lsdef', 'nodeset', 'lslite']);

function routeOf(command: string): string {
  return routes.has(command) ? command : 'other';
}

function isForeign(text: string): boolean {
  const begun = text.trimStart();
  return begun.length > enoughToTell && !begun.includes('<xcatrequest>');
}
