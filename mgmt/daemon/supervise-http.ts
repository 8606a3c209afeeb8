import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from './connections.ts';
import type { Limits } from './limits.ts';
import { createProgressWatch } from './progress-watch.ts';

/** Strict parsing is Node's default, said here because much depends on it (RFC 9112, 11.2). */
export function httpOptions(limits: Limits): ServerOptions {
  return {
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: limits.headerBytes,
    // These are watched below, for sockets of every kind.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: limits.idle,
  };
}

/**
 * Answers requests with `listener`, within the limits of times and numbers, also for a server that
 * is fed with sockets by hand: Node's own checks of slow requests start with listen() only, and
 * it has none for slow readers. Between two requests a connection may be drained.
 */
export function superviseHttp(
  server: Server,
  listener: RequestListener,
  connections: Connections,
  limits: Limits,
): void {
  server.maxHeadersCount = limits.headers;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  const sockets = new WeakMap<Socket, State>();
  const watchProgress = createProgressWatch(limits);
  const wait = (socket: Socket) => {
    const answers = connections.waiting(socket, limits.quiet);
    const late = setTimeout(() => socket.destroy(), limits.idle);
    return () => {
      answers();
      clearTimeout(late);
    };
  };
  server.prependListener('connection', (socket: Socket) => {
    const state: State = { unanswered: new Set(), asks: wait(socket) };
    sockets.set(socket, state);
    socket.once('close', () => {
      state.asks();
      for (const done of state.unanswered) done();
    });
  });
  server.on('request', (request, response) => {
    const { socket } = request;
    const state = sockets.get(socket);
    // What came in one piece with the request that was one too many is still parsed.
    if (state === undefined || socket.destroyed) return;
    if (state.unanswered.size >= limits.pipelined) {
      socket.destroy();
      return;
    }
    state.asks();
    const done = watchProgress(socket);
    state.unanswered.add(done);
    response.once('close', () => {
      done();
      state.unanswered.delete(done);
      if (state.unanswered.size === 0 && !socket.destroyed) state.asks = wait(socket);
    });
    listener(request, response);
  });
}

interface State {
  /** Called when it is no more to be watched, for each request that waits for its answer. */
  readonly unanswered: Set<() => void>;
  /** Called when the next request is there. */
  asks: () => void;
}
