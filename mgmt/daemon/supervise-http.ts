import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from './connections.ts';

const requestTime = 60_000;
const idleTime = 15_000;

/**
 * Total times for an HTTP server that is fed with sockets by hand: its own checks of slow requests
 * start with listen() only. Between two requests a connection may be drained.
 */
export function superviseHttp(server: Server, connections: Connections): void {
  const waits = new Map<Socket, () => void>();
  const wait = (socket: Socket) => {
    const answers = connections.waiting(socket);
    const late = setTimeout(() => socket.destroy(), idleTime);
    waits.set(socket, () => {
      answers();
      clearTimeout(late);
      waits.delete(socket);
    });
  };
  server.prependListener('connection', (socket: Socket) => {
    socket.once('close', () => waits.get(socket)?.());
    wait(socket);
  });
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    waits.get(socket)?.();
    const late = setTimeout(() => socket.destroy(), requestTime);
    response.once('close', () => {
      clearTimeout(late);
      if (!socket.destroyed && !waits.has(socket)) wait(socket);
    });
  });
}
