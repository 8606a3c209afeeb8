import type { Server } from 'node:net';
import { hasCode, StateliteError } from '../../agent/errors.ts';

export interface Listener {
  readonly server: Server;
  /** Its name in metrics. */
  readonly label: string;
  /** What it serves, for the operator. */
  readonly what: string;
  readonly port: number;
  /** The option of `serve` that chooses the port. */
  readonly option: string;
}

/**
 * Listens on `host`, every address of the machine if undefined. Gives the port, which port 0 lets
 * the kernel choose.
 */
export async function listen(
  { server, what, port, option }: Listener,
  host: string | undefined,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  try {
    await promise;
  } catch (error) {
    throw explain(error, `${what}: cannot listen on ${host ?? '*'}:${port}`, port, option);
  }
  server.off('error', reject);
  return portOf(server);
}

/** The port of a TCP server that listens. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no TCP port');
  return address.port;
}

function explain(error: unknown, message: string, port: number, option: string): unknown {
  if (hasCode(error, 'EADDRINUSE')) {
    return new StateliteError('ERR_STATELITE_CONFIG', message, {
      cause: error,
      hint: `another program has the port (ss -ltnp sport = :${port}): stop it, or choose a port with ${option}`,
    });
  }
  if (hasCode(error, 'EACCES')) {
    return new StateliteError('ERR_STATELITE_CONFIG', message, {
      cause: error,
      hint: `only root may use ports below 1024: become root, or choose a port with ${option}`,
    });
  }
  if (hasCode(error, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EINVAL')) {
    return new StateliteError('ERR_STATELITE_CONFIG', message, {
      cause: error,
      hint: 'is --listen an address of this machine (ip address)?',
    });
  }
  return error;
}
