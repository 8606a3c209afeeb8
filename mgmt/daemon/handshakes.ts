import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Connections } from './connections.ts';
import type { Limits } from './limits.ts';

/**
 * Until its TLS handshake is done a connection owes nothing: it is drained, makes room, and has
 * `limits.handshake` in all (Node's own limit begins anew with every byte). The server's event
 * tells of the TLS socket only; both sockets have the peer's address and port.
 */
export function trackHandshakes(
  tls: Server,
  connections: Connections,
  limits: Pick<Limits, 'handshake'>,
): void {
  const begun = new Map<string, () => void>();
  const end = (at: string) => {
    begun.get(at)?.();
    begun.delete(at);
  };
  tls.prependListener('connection', (socket: Socket) => {
    if (socket.destroyed) return;
    const at = keyOf(socket);
    const answers = connections.waiting(socket);
    const late = setTimeout(() => socket.destroy(), limits.handshake);
    const done = () => {
      answers();
      clearTimeout(late);
    };
    begun.set(at, done);
    socket.once('close', () => {
      done();
      if (begun.get(at) === done) begun.delete(at);
    });
  });
  tls.prependListener('secureConnection', (socket: TLSSocket) => end(keyOf(socket)));
}

/**
 * Lets the listeners that a TLS server has now see a connection once it says something, so that
 * the silent take no place among the handshakes. What it said is kept in the socket for them.
 */
export function passOverSilent(tls: Server): void {
  const begins = tls.listeners('connection');
  tls.removeAllListeners('connection');
  tls.on('connection', (socket: Socket) => {
    if (socket.destroyed) return;
    socket.once('readable', () => {
      // Nothing is there to be read at its end.
      if (socket.readableLength === 0) socket.destroy();
      else for (const begin of begins) Reflect.apply(begin, tls, [socket]);
    });
  });
}

function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
