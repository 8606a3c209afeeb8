import { connect } from 'node:net';
import type { Logger } from '../log.ts';
import { statusReady, statusRequest } from '../protocol/status.ts';

const limit = 2000;
const ready = `${statusReady}\n`;

/** Tells the status port what the node does; a server that does not listen never delays a boot. */
export async function sendStatus(
  host: string,
  port: number,
  status: string,
  log: Logger,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const socket = connect({ host, port, timeout: limit });
  let seen = '';
  socket.on('data', (chunk) => {
    seen += chunk.toString();
    if (seen.startsWith(ready)) {
      socket.removeAllListeners('data').resume().end(statusRequest(status));
      resolve(undefined);
    } else if (!ready.startsWith(seen)) {
      socket.destroy(new Error('it is no status port'));
    }
  });
  socket.on('timeout', () => socket.destroy(new Error('it does not answer')));
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('it closed the connection')));
  try {
    await promise;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`status "${status}" was not reported to ${host}:${port}: ${reason}`);
    socket.destroy();
  }
}
