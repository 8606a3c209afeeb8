import type { Socket } from 'node:net';
import { explainError } from '../../agent/errors.ts';
import { parseStatusLine, statusDone, statusReady } from '../../agent/protocol/status.ts';
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
    await perform(text.split('\n', 1).join(), node, deps);
    socket.end(`${statusDone}\n`, () => void connections.waiting(socket));
  } catch (error) {
    deps.log.error(`${peer}: status not recorded\n${explainError(error).join('\n')}`);
    socket.destroy();
  }
}

async function perform(line: string, node: string, deps: DaemonDeps): Promise<void> {
  const request = parseStatusLine(line);
  switch (request.verb) {
    case 'installstatus':
      if (request.status === undefined) {
        deps.log.warn(`${node}: no known status in ${JSON.stringify(line)}`);
        return;
      }
      await deps.recordStatus(node, request.status);
      deps.log.info(`${node}: status ${request.status}`);
      return;
    case 'next':
      deps.log.info(`${node}: "next" changes nothing, its boot files stay`);
      return;
    case 'installmonitor':
      return;
    case 'unknown':
      deps.log.warn(`${node}: unknown status request ${JSON.stringify(request.line)}`);
  }
}
