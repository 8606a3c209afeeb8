import { connect } from 'node:net';
import type { Logger } from '../log.ts';
import { statusReady, statusRequest } from '../protocol/status.ts';
import { Deadline, retry } from './deadline.ts';

const limit = 2000;
const ready = `${statusReady}\n`;

export interface StatusOptions {
  /** One of several that a machine has. */
  readonly localAddress?: string;
  /** How long it is tried, in seconds. */
  readonly patience?: number;
}

/**
 * Tells the status port what the node does, trying again while the server is too busy to take it.
 * Nobody waits for it: a server that does not listen never delays a boot. Never rejects.
 */
export async function sendStatus(
  host: string,
  port: number,
  status: string,
  log: Logger,
  { localAddress, patience = 30 }: StatusOptions = {},
): Promise<void> {
  const quiet = { ...log, warn: log.debug };
  const trying = { deadline: new Deadline(patience), log: quiet, what: 'status', isFinal };
  const address = localAddress === undefined ? {} : { localAddress };
  try {
    await retry(trying, () => sendOnce({ host, port, ...address }, status));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`status "${status}" was not reported to ${host}:${port}: ${reason}`);
  }
}

/** Whoever speaks something else, or closes because it does not know the node, will do so again. */
class Final extends Error {}

function isFinal(error: unknown): boolean {
  return error instanceof Final;
}

async function sendOnce(
  place: { readonly host: string; readonly port: number; readonly localAddress?: string },
  status: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const socket = connect({ ...place, timeout: limit });
  let seen = '';
  socket.on('data', (chunk) => {
    seen += chunk.toString();
    if (seen.startsWith(ready)) {
      socket.removeAllListeners('data').resume().end(statusRequest(status));
      resolve(undefined);
    } else if (!ready.startsWith(seen)) {
      socket.destroy(new Final('it is no status port'));
    }
  });
  socket.on('timeout', () => socket.destroy(new Error('it does not answer')));
  socket.on('error', reject);
  socket.on('close', () => reject(new Final('it closed the connection')));
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
