import type { Socket } from 'node:net';
import { explainError, StateliteError } from '../../agent/errors.ts';
import type { StockList, StockRequest } from '../../agent/protocol/stock-xml.ts';
import {
  parseStockRequest,
  renderStockError,
  renderStockLines,
} from '../../agent/protocol/stock-xml.ts';
import type { Connections } from './connections.ts';
import type { DaemonDeps, View } from './deps.ts';
import { readRequest } from './read-request.ts';

const replyTime = 30_000;

/** Stock closes as soon as this many bytes hold no `<xcatrequest>`. */
const enoughToTell = 15;

/**
 * One request, one reply, closed: clients without a certificate wait for the end of the stream,
 * and stock lets them wait for 15 s (QUIRK-24).
 *
 * A stock node asks again only if it got not a single byte, and takes any other reply for its
 * list (QUIRK-13, QUIRK-23): so strangers, and nodes we have no list for now, get nothing.
 */
export async function serveStock(
  socket: Socket,
  connections: Connections,
  deps: DaemonDeps,
): Promise<void> {
  const peer = socket.remoteAddress ?? 'a closed connection';
  socket.on('error', (error) => deps.log.debug(`${peer}: ${error.message}`));
  const text = await readRequest(socket, connections, {
    time: 15_000,
    bytes: 64 * 1024,
    isComplete: (received) => received.includes('</xcatrequest>'),
    isForeign,
  });
  if (text === undefined) {
    deps.log.debug(`${peer}: no request on the TLS port`);
    socket.destroy();
    return;
  }
  socket.setTimeout(replyTime, () => socket.destroy());
  socket.end(await answer(text, peer, deps), () => void connections.waiting(socket));
}

async function answer(text: string, peer: string, deps: DaemonDeps): Promise<string> {
  const start = performance.now();
  let who = peer;
  try {
    const view = await deps.view();
    const node = view.identify(peer);
    if (node === undefined) {
      deps.log.warn(`${peer}: closed, no hosts row has this address`);
      return '';
    }
    who = node;
    const { reply, what } = await answerNode(parseStockRequest(text), node, view, deps.source);
    const took = Math.round(performance.now() - start);
    deps.log.info(`${node}: ${what}, ${took} ms`);
    return reply;
  } catch (error) {
    deps.log.error(`${who}: closed without an answer\n${explainError(error).join('\n')}`);
    return '';
  }
}

async function answerNode(
  { command }: StockRequest,
  node: string,
  view: View,
  source: string,
): Promise<{ reply: string; what: string }> {
  const allowed = view.isAllowed(node, command);
  if (isStockList(command)) {
    if (!allowed) throw denied(command);
    const lines = await view.stockLines(node, command);
    return { reply: renderStockLines(lines, source), what: `${command}, ${lines.length} lines` };
  }
  const name = JSON.stringify(command.slice(0, 40));
  return allowed
    ? { reply: renderStockError('Unsupported request'), what: `unsupported ${name}` }
    : { reply: renderStockError('Permission denied for request', 1), what: `denied ${name}` };
}

function isStockList(command: string): command is StockList {
  return command === 'litefile' || command === 'litetree';
}

function denied(command: StockList): StateliteError {
  return new StateliteError('ERR_STATELITE_DENIED', `no policy row allows ${command}`, {
    hint: `chtab priority=${command === 'litefile' ? '4.7' : '4.8'} policy.commands=${command} policy.rule=allow`,
  });
}

function isForeign(text: string): boolean {
  const begun = text.trimStart();
  return begun.length > enoughToTell && !begun.includes('<xcatrequest>');
}
