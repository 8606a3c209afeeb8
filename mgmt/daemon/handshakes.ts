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
    begun.set(at, () => {
      answers();
      clearTimeout(late);
    });
    socket.once('close', () => end(at));
  });
  tls.prependListener('secureConnection', (socket: TLSSocket) => end(keyOf(socket)));
}

function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
