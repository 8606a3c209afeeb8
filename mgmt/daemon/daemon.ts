import { once } from 'node:events';
import { join } from 'node:path';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { admitRequests } from './admit-requests.ts';
import { createApi } from './api.ts';
import { createBootFiles } from './boot-files.ts';
import { credentials } from '../postscripts/credentials.ts';
import { scriptFiles } from '../postscripts/script-files.ts';
import { trackConnections } from './connections.ts';
import { plain as plainText } from '../core/plain.ts';
import type { DaemonDeps } from './deps.ts';
import { type Limits, limits as standard } from './limits.ts';
import { listen, type Listener } from './listen.ts';
import { measureDaemon } from './metrics-gauges.ts';
import { type MetricsFrom, parseMetricsFrom } from './metrics-from.ts';
import { withMetrics } from './metrics-http.ts';
import { withPostscripts } from './postscript-pages.ts';
import type { ServerState } from './server-state.ts';
import { serveStatus } from './status-port.ts';
import { serveStock } from './stock.ts';
import { httpOptions, superviseHttp } from './supervise-http.ts';
import { admitTls } from './tls-places.ts';

/** PEM texts of the server's certificate (with its chain) and private key. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  /** The CA that clients' certificates are checked against. */
  readonly ca: string;
}

export interface DaemonOptions {
  /** Address to listen on; undefined for all. */
  readonly host: string | undefined;
  readonly ports: Readonly<Record<'tls' | 'status' | 'http', number>>;
  readonly credentials: () => Promise<Credentials>;
  readonly tftpdir: string;
  /** Holds packed images and the site's postscripts. */
  readonly installdir: string;
  /** Host keys of nodes are kept below it. */
  readonly state: string;
  /** Who may read the metrics without a certificate; undefined is this machine. */
  readonly metricsFrom?: MetricsFrom;
  /** Tests set some; undefined ones are those of limits.ts. */
  readonly limits?: Partial<Limits>;
}

export interface Daemon {
  readonly listening: readonly { readonly what: string; readonly port: number }[];
  /** Reads the credentials again; open connections keep theirs. */
  readonly reload: () => Promise<void>;
  /** Takes no more connections, lets answers end, and cuts what is left after a while. */
  readonly close: () => Promise<void>;
  /** Cuts every connection; what `close` waits for has then ended. */
  readonly cut: () => void;
}

/** Starts all listeners, or none. */
export async function startDaemon(deps: DaemonDeps, options: DaemonOptions): Promise<Daemon> {
  const { metrics } = deps;
  const limits: Limits = { ...standard, ...options.limits };
  const connections = trackConnections(
    limits,
    (reason) => metrics.count('statelite_connections_refused_total', { reason }),
    (error) => deps.log.debug(`a connection broke: ${error.message}`),
  );
  metrics.gauge('statelite_connections', connections.count);
  let current = await options.credentials();
  const state: ServerState = {
    certificate: () => current.cert,
    listening: () => listeners.every(({ server }) => server.listening),
    isMonitor: (options.metricsFrom ?? parseMetricsFrom()).includes,
    ...nodeFiles(options, deps),
  };
  measureDaemon(metrics, state);
  const secure = () => ({
    ...current,
    minVersion: 'TLSv1.2' as const,
    // Without the hybrids of post-quantum groups, which take a fifth of a handshake's time.
    ecdhCurve: 'X25519:P-256:P-384',
    // Needed to resume sessions of clients with certificates.
    sessionIdContext: 'statelite',
  });
  const tls = createTlsServer({
    ...secure(),
    ALPNProtocols: ['http/1.1'],
    allowHalfOpen: true,
    // Nodes have no certificate; what one says is checked where it matters (peer.ts).
    requestCert: true,
    rejectUnauthorized: false,
  });
  const places = admitTls(tls, connections, metrics, limits);
  // Fed by the TLS server with the connections that chose HTTP; it never listens.
  const api = createHttpServer(httpOptions(limits));
  superviseHttp(
    api,
    admitRequests(createApi(deps, state), metrics, () => places.waiting() > 0),
    connections,
    limits,
  );
  tls.on('secureConnection', (socket: TLSSocket) => {
    const resumed = socket.isSessionReused() ? 'yes' : 'no';
    metrics.count('statelite_tls_sessions_total', { resumed });
    if (socket.alpnProtocol === 'http/1.1') {
      api.emit('connection', socket);
      return;
    }
    connections.endAfter(socket, socket.authorized ? limits.certifiedExchange : limits.exchange);
    void serveStock(socket, connections, deps, limits);
  });
  tls.on('tlsClientError', (error, socket) => {
    metrics.count('statelite_tls_errors_total');
    deps.log.debug(`${socket.remoteAddress ?? 'a closed connection'}: TLS: ${error.message}`);
  });
  const status = createTcpServer({ allowHalfOpen: true }, (socket) => {
    connections.endAfter(socket, limits.exchange);
    void serveStatus(socket, connections, deps);
  });
  const http = createHttpServer(httpOptions(limits));
  const files = createBootFiles(options, deps);
  const plain = withMetrics(deps, state, withPostscripts(options.installdir, state, deps, files));
  superviseHttp(http, plain, connections, limits);

  const { ports } = options;
  const listeners: Listener[] = [
    {
      server: tls,
      label: 'tls',
      what: 'TLS (JSON API and stock XML)',
      port: ports.tls,
      option: '--port',
    },
    {
      server: status,
      label: 'status',
      what: 'node status',
      port: ports.status,
      option: '--status-port',
    },
    {
      server: http,
      label: 'http',
      what: 'HTTP (boot files)',
      port: ports.http,
      option: '--http-port',
    },
  ];
  // Prepended, so that it comes first.
  for (const { server, label } of listeners) {
    server.prependListener('connection', (socket: Socket) => {
      metrics.count('statelite_connections_total', { listener: label });
      connections.admit(socket);
    });
  }
  const listening = await listenAll(listeners, options.host);
  for (const { server, what } of listeners) {
    server.on('error', (error) => deps.log.error(`${what}: ${error.message}`));
  }
  return {
    listening,
    reload: async () => {
      const read = await options.credentials();
      tls.setSecureContext({ ...secure(), ...read });
      current = read;
    },
    close: async () => {
      const closed = listeners.map(({ server }) => closeServer(server));
      connections.drain();
      const late = setTimeout(connections.destroyAll, limits.drain);
      await Promise.all(closed);
      clearTimeout(late);
    },
    cut: connections.destroyAll,
  };
}

/** What nodes fetch once they have booted. */
function nodeFiles(
  { installdir, state }: DaemonOptions,
  { log }: DaemonDeps,
): Pick<ServerState, 'scripts' | 'credentials'> {
  const directory = join(installdir, 'postscripts');
  return {
    scripts: scriptFiles(directory, (text) => log.warn(plainText(`${directory}: ${text}`))),
    credentials: credentials(join(state, 'hostkeys'), join(directory, '_ssh/authorized_keys')),
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
