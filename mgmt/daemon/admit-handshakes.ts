import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { type AdmissionLimits, createAdmission } from './admission.ts';
import type { Metrics } from './metrics.ts';

/**
 * A handshake takes a millisecond of the one thread and 50 KiB; a connection that waits for it takes
 * 2 KiB. How many wait is bounded by the connections that there may be, how long by the time that a
 * handshake may take in all (limits.ts).
 */
const standard: AdmissionLimits = { atOnce: 256, waiting: Infinity, patience: 2 ** 30 };

/** Lets so many TLS handshakes of a server go on at a time, the others in the order they came. */
export function admitHandshakes(
  tls: Server,
  metrics: Metrics,
  limits: AdmissionLimits = standard,
): void {
  const admission = createAdmission(limits);
  metrics.gauge('statelite_handshakes_waiting', admission.waiting);
  const ends = new Map<string, () => void>();
  const end = (at: string) => {
    ends.get(at)?.();
    ends.delete(at);
  };
  // What begins the handshake is the server's own listener; only it is put off.
  const begins = tls.listeners('connection');
  tls.removeAllListeners('connection');
  tls.on('connection', (socket: Socket) => {
    if (socket.destroyed) return;
    const at = keyOf(socket);
    const goAway = admission.enter(
      (leave) => {
        ends.set(at, leave);
        for (const begin of begins) Reflect.apply(begin, tls, [socket]);
      },
      () => socket.destroy(),
    );
    socket.once('close', () => {
      goAway();
      end(at);
    });
  });
  tls.prependListener('secureConnection', (socket: TLSSocket) => end(keyOf(socket)));
}

/** The server tells of TLS sockets only; both sockets have the addresses of the connection. */
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
