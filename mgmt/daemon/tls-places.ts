import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type AdmissionLimits, createAdmission } from './admission.ts';
import type { Connections } from './connections.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';

/**
 * A connection takes 80 KiB and a millisecond of the one thread once its handshake begins, and 5 KiB
 * before. So many may wait that node status and HTTP, which share `limits.connections`, still find
 * room; so long, as the agent waits for an answer.
 */
const standard: AdmissionLimits = { atOnce: 512, waiting: 2048, patience: 20_000 };

/** From one look for the quiet to the next, in milliseconds. */
const interval = 500;

/**
 * Lets so many TLS connections of a server be at a time, from their first byte to their end, the
 * others in the order they came. Who says nothing takes no place; a handshake has
 * `limits.handshake` in all (Node's own limit begins anew with every byte). Until it is done a
 * connection owes nothing: it is drained, and makes room if it has been quiet. Tells how many wait.
 */
export function admitTls(
  tls: Server,
  connections: Connections,
  metrics: Metrics,
  limits: Pick<Limits, 'handshake' | 'quiet'>,
  places: AdmissionLimits = standard,
): { readonly waiting: () => number } {
  const admission = createAdmission(places);
  metrics.gauge('statelite_handshakes_waiting', admission.waiting);
  /** By connection, what is to be called when its handshake is over. */
  const held = new Map<string, () => void>();
  // What begins the handshake is the server's own listener; only it is put off. What was said
  // meanwhile is kept in the socket for it.
  const begins = tls.listeners('connection');
  tls.removeAllListeners('connection');

  const begin = (socket: Socket, leave: () => void) => {
    const at = keyOf(socket);
    const owes = connections.waiting(socket, limits.quiet);
    const late = setTimeout(() => socket.destroy(), limits.handshake);
    const isSecure = () => {
      owes();
      clearTimeout(late);
    };
    held.set(at, isSecure);
    socket.once('close', () => {
      isSecure();
      leave();
      if (held.get(at) === isSecure) held.delete(at);
    });
    for (const listener of begins) Reflect.apply(listener, tls, [socket]);
  };
  const giveQuietPlaces = () => {
    for (const socket of connections.idleSince(performance.now() - limits.quiet)) {
      if (held.has(keyOf(socket))) socket.destroy();
    }
  };
  const looks = whileNeeded(() => {
    giveQuietPlaces();
    return admission.waiting() > 0;
  });

  tls.on('connection', (socket: Socket) => {
    if (socket.destroyed) return;
    const owes = connections.waiting(socket);
    const silent = setTimeout(() => socket.destroy(), limits.handshake);
    socket.once('close', () => clearTimeout(silent));
    socket.once('readable', () => {
      clearTimeout(silent);
      owes();
      // Nothing is there to be read at its end.
      if (socket.readableLength === 0) return void socket.destroy();
      // Its turn would never come if each that comes later took its place.
      const waits = connections.waiting(socket, places.patience);
      const goAway = admission.enter(
        (leave) => {
          waits();
          begin(socket, leave);
        },
        () => socket.destroy(),
      );
      socket.once('close', goAway);
      if (admission.waiting() > 0) looks();
    });
  });
  tls.prependListener('secureConnection', (socket: TLSSocket) => {
    held.get(keyOf(socket))?.();
  });
  return { waiting: admission.waiting };
}

/** Starts to call `look` again and again, until it says that it is enough. */
function whileNeeded(look: () => boolean): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    timer ??= setInterval(() => {
      if (look()) return;
      clearInterval(timer);
      timer = undefined;
    }, interval).unref();
  };
}

/** The server tells of TLS sockets only; both sockets have the addresses of the connection. */
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
