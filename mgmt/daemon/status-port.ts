import type { Socket } from 'node:net';
import { explainError } from '../../agent/errors.ts';
import { parseStatusLine, statusDone, statusReady } from '../../agent/protocol/status.ts';
import { plainJson } from '../core/plain.ts';
import type { Connections } from './connections.ts';
import type { DaemonDeps } from './deps.ts';
import { readRequest } from './read-request.ts';

/** Stock waits for 2 s; nodes may be slow. */
const lineTime = 15_000;

/**
 * The stock status protocol: `ready`, one line, `done`, closed; strangers are closed without a
 * word. The status is recorded before `done` is sent (stock: after), so that a node tries again
 * if it could not be.
 */
export async function serveStatus(
  socket: Socket,
  connections: Connections,
  deps: DaemonDeps,
): Promise<void> {
  const peer = socket.remoteAddress ?? 'a closed connection';
  socket.on('error', (error) => deps.log.debug(`${peer}: ${error.message}`));
  socket.setTimeout(lineTime, () => socket.destroy());
  try {
    const node = (await deps.view()).identify(peer);
    if (node === undefined) {
      deps.metrics.count('statelite_unknown_peers_total', port);
      deps.log.warn(`${peer}: closed, no hosts row has this address`);
      socket.destroy();
      return;
    }
    socket.write(`${statusReady}\n`);
    const text = await readRequest(socket, connections, {
      time: lineTime,
      bytes: 1024,
      isComplete: (received) => received.includes('\n'),
    });
    if (text === undefined) {
      socket.destroy();
      return;
    }
    const more = await perform(text.split('\n', 1).join(), node, deps);
    socket.end(`${statusDone}\n${more}`, () => void connections.waiting(socket));
  } catch (error) {
    deps.metrics.count('statelite_requests_total', { ...port, route: 'status', result: 'failed' });
    deps.log.error(`${peer}: status not recorded\n${explainError(error).join('\n')}`);
    socket.destroy();
  }
}

const port = { protocol: 'status' } as const;

/** Gives what is said after `done`. */
async function perform(line: string, node: string, deps: DaemonDeps): Promise<string> {
  const { log, metrics } = deps;
  const request = parseStatusLine(line);
  const fields = { node, route: request.verb };
  let script = '';
  switch (request.verb) {
    case 'installstatus':
      if (request.status === undefined)
        log.warn(`${node}: no known status in ${shown(line)}`, fields);
      else {
        await deps.recordStatus(node, request.status);
        log.info(`${node}: status ${request.status}`, fields);
      }
      break;
    case 'hpcbootstatus':
      if (request.report === undefined)
        log.warn(`${node}: no application=status in ${shown(line)}`, fields);
      else {
        await deps.recordAppStatus(node, request.report);
        log.info(`${node}: application status ${request.report}`, fields);
      }
      break;
    case 'next':
      log.info(`${node}: "next" changes nothing, its boot files stay`, fields);
      break;
    case 'locktftpdir':
    case 'unlocktftpdir':
      log.info(`${node}: "${request.verb}" changes nothing, nodes write no boot files`, fields);
      break;
    case 'getpostscript': {
      const lines = (await deps.view()).mypostscript(node);
      log.info(`${node}: getpostscript, ${lines.length} lines`, fields);
      script = [...lines, scriptEnd].map((each) => `${each}\n`).join('');
      break;
    }
    case 'installmonitor':
      break;
    case 'unknown':
      log.warn(`${node}: unknown status request ${shown(request.line)}`, fields);
  }
  metrics.count('statelite_requests_total', { ...port, route: request.verb, result: 'ok' });
  return script;
}

/** The last line of a script, so that a node knows that it has all of it. */
const scriptEnd = '#END OF SCRIPT';

function shown(text: string): string {
  return plainJson(text.slice(0, 80));
}
