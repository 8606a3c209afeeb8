import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createApi } from './api.ts';
import { createBootFiles } from './boot-files.ts';
import { trackConnections } from './connections.ts';
import type { DaemonDeps } from './deps.ts';
import { listen, type Listener } from './listen.ts';
import { serveStatus } from './status-port.ts';
import { serveStock } from './stock.ts';
import { superviseHttp } from './supervise-http.ts';

/** PEM texts of the server's certificate (with its chain) and private key. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

export interface DaemonOptions {
  /** Address to listen on; undefined for all. */
  readonly host: string | undefined;
  readonly ports: Readonly<Record<'tls' | 'status' | 'http', number>>;
  readonly credentials: () => Promise<Credentials>;
  readonly tftpdir: string;
  /** Connections that one address may have open at a time. */
  readonly perPeer?: number;
}

export interface Daemon {
  readonly listening: readonly { readonly what: string; readonly port: number }[];
  /** Reads the credentials again; open connections keep theirs. */
  readonly reload: () => Promise<void>;
  /** Takes no more connections, lets answers end, and cuts what is left after 4 s. */
  readonly close: () => Promise<void>;
}

const drainTime = 4000;
const handshakeTimeout = 10_000;

/** Starts all listeners, or none. */
export async function startDaemon(deps: DaemonDeps, options: DaemonOptions): Promise<Daemon> {
  const connections = trackConnections(options.perPeer ?? 64);
  // Fed by the TLS server with the connections that chose HTTP; it never listens.
  const api = createHttpServer(createApi(deps));
  superviseHttp(api, connections);

  const tls = createTlsServer({
    ...(await options.credentials()),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout,
    allowHalfOpen: true,
  });
  tls.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'http/1.1') api.emit('connection', socket);
    else void serveStock(socket, connections, deps);
  });
  tls.on('tlsClientError', (error, socket) =>
    deps.log.debug(`${socket.remoteAddress ?? 'a closed connection'}: TLS: ${error.message}`),
  );
  const status = createTcpServer({ allowHalfOpen: true }, (socket) => {
    void serveStatus(socket, connections, deps);
  });
  const http = createHttpServer(createBootFiles(options.tftpdir, deps));

  const { ports } = options;
  const listeners: Listener[] = [
    { server: tls, what: 'TLS (JSON API and stock XML)', port: ports.tls, option: '--port' },
    { server: status, what: 'node status', port: ports.status, option: '--status-port' },
    { server: http, what: 'HTTP (boot files)', port: ports.http, option: '--http-port' },
  ];
  for (const { server } of listeners) {
    server.prependListener('connection', (socket: Socket) => connections.admit(socket));
  }
  const listening = await listenAll(listeners, options.host);
  for (const { server, what } of listeners) {
    server.on('error', (error) => deps.log.error(`${what}: ${error.message}`));
  }
  return {
    listening,
    reload: async () => tls.setSecureContext(await options.credentials()),
    close: async () => {
      const closed = listeners.map(({ server }) => closeServer(server));
      connections.drain();
      const late = setTimeout(connections.destroyAll, drainTime);
      await Promise.all(closed);
      clearTimeout(late);
    },
  };
}

async function listenAll(listeners: readonly Listener[], host: string | undefined) {
  const listening: { what: string; port: number }[] = [];
  const open: Server[] = [];
  try {
    for (const listener of listeners) {
      listening.push({ what: listener.what, port: await listen(listener, host) });
      open.push(listener.server);
    }
    return listening;
  } catch (error) {
    await Promise.all(open.map(closeServer));
    throw error;
  }
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
