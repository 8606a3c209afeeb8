import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

interface Watched {
  readonly socket: Socket;
  /** Where it was, and when. */
  bytes: number;
  since: number;
}

/** The limit is looked after so many times while it lasts. */
const looks = 8;

/**
 * Destroys the sockets of answers that do not get on; what is only buffered has not got on. Watches
 * a socket until the returned function is called. One timer serves all: most answers are gone at
 * once, and a timer for each costs a part of what the answer costs.
 */
export function createProgressWatch({
  progress,
  progressBytes,
}: Pick<Limits, 'progress' | 'progressBytes'>): (socket: Socket) => () => void {
  const watched = new Set<Watched>();
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    if (watched.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const now = performance.now();
    for (const one of watched) {
      if (now - one.since < progress) continue;
      const bytes = sent(one.socket);
      if (bytes - one.bytes < progressBytes) one.socket.destroy();
      one.bytes = bytes;
      one.since = now;
    }
  };
  return (socket) => {
    const one = { socket, bytes: sent(socket), since: performance.now() };
    watched.add(one);
    timer ??= setInterval(look, progress / looks).unref();
    return () => void watched.delete(one);
  };
}

function sent(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}
