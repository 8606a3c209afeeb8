import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface FakeServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connections: () => number;
}

/** A TCP server on a free port of the loopback interface that does one thing to every connection. */
export async function fakeServer(onConnection: (socket: Socket) => void): Promise<FakeServer> {
  return listening(
    createServer((socket) => {
      socket.on('error', () => {}); // a client that gives up
      onConnection(socket);
    }),
  );
}

/** Lets a server listen on a free port of the loopback interface, until the end of the scope. */
export async function listening(server: Server): Promise<FakeServer> {
  const open = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return {
    port: address.port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port of the loopback interface on which nobody listens. */
export async function closedPort(): Promise<number> {
  await using server = await fakeServer(() => {});
  return server.port;
}
