import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, createSecureContext, type TLSSocket } from 'node:tls';
import { hasCode, StateliteError } from '../errors.ts';
import { type BootAnswer, decodeAnswer } from '../protocol/answer.ts';
import type { Cmdline } from '../protocol/cmdline.ts';
import type { BootReport } from '../protocol/report.ts';
import { exchange } from './http-exchange.ts';
import { askStock } from './stock-query.ts';

/** The CA that genimage put into the initramfs. */
const caFile = '/etc/statelite/ca.pem';

/** Who may be the management node: who has a certificate of this CA (PEM), or anybody. */
export type Trust = Buffer | 'anybody';

export interface ManagementNode {
  /** litefile and litetree of the asking node. Throws ERR_STATELITE_QUERY or ERR_STATELITE_ANSWER. */
  ask(node: string, milliseconds: number): Promise<BootAnswer>;
  /** Hands in the report; a stock daemon takes none. Throws as `ask` does. */
  report(report: BootReport, milliseconds: number): Promise<void>;
  close(): void;
}

/**
 * The CA of the initramfs, unless `statelite.insecure` is given. Throws ERR_STATELITE_QUERY. It is read
 * at once: when every thread hangs in a server that is gone, the failure can be reported all the same.
 */
export function readTrust({ insecure }: Pick<Cmdline, 'insecure'>, file = caFile): Trust {
  if (insecure) return 'anybody';
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_QUERY', `the initramfs has no ${file}`, {
      cause,
      hint: 'run statelite setup and genimage --onlyinitrd, or add statelite.insecure to trust any server',
    });
  }
}

/**
 * The management node behind XCAT=: our JSON API if ALPN selects it, else the stock protocol. The
 * connection of the query is kept for the report; another one resumes the TLS session of the last,
 * which costs the management node a fraction. `localAddress` is one of several that a machine has.
 */
export function managementNode(
  { host, port }: Cmdline['xcat'],
  trust: Trust,
  localAddress?: string,
): ManagementNode {
  const open = opener({
    host,
    port,
    ALPNProtocols: ['http/1.1'],
    secureContext: contextFor(trust),
    ...(trust === 'anybody' ? { rejectUnauthorized: false } : {}),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  let pool = new Agent();
  let socket: TLSSocket | undefined;
  const connected = async (signal: AbortSignal): Promise<TLSSocket> => {
    // One that the server is closing is not destroyed yet, but takes nothing any more.
    if (socket?.writable === true) return socket;
    const opened = await open(signal);
    // A pool of its own: another one would wait for the end of the last connection.
    pool.destroy();
    pool = new Agent({ keepAlive: true, maxSockets: 1 });
    pool.createConnection = () => opened;
    socket = opened;
    return opened;
  };
  let isStock = false;
  return {
    ask: (node, milliseconds) =>
      within({ host, port }, milliseconds, async (signal) => {
        const first = await connected(signal);
        isStock = !speaksHttp(first);
        if (isStock) return askStock(node, first, () => open(signal), signal);
        return decodeAnswer(await exchange(pool, signal, 'GET', '/v1/boot'));
      }),
    report: async (report, milliseconds) => {
      if (isStock) return;
      await within({ host, port }, milliseconds, async (signal) => {
        const kept = await connected(signal);
        if (speaksHttp(kept)) await exchange(pool, signal, 'POST', '/v1/report', report);
        else kept.destroy();
      });
    },
    close: () => {
      pool.destroy();
      socket?.destroy();
    },
  };
}

function speaksHttp({ alpnProtocol }: TLSSocket): boolean {
  return alpnProtocol === 'http/1.1';
}

/** Whether a failed query can be expected to fail again: identity and certificates do not mend themselves. */
export function isFinalAnswer(error: unknown, times: number): boolean {
  if (!(error instanceof StateliteError)) return false;
  if (isCertificateError(error.cause)) return times >= 2;
  return error.code === 'ERR_STATELITE_ANSWER' && times >= 4;
}

function contextFor(trust: Trust) {
  const minVersion = 'TLSv1.2';
  return createSecureContext(trust === 'anybody' ? { minVersion } : { minVersion, ca: trust });
}

async function within<Result>(
  { host, port }: Cmdline['xcat'],
  milliseconds: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(Math.ceil(milliseconds));
  try {
    return await run(signal);
  } catch (error) {
    if (error instanceof StateliteError) throw error;
    const cause = signal.aborted
      ? new Error(`it was silent for ${(milliseconds / 1000).toFixed(1)} s`)
      : error;
    const place = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    throw new StateliteError('ERR_STATELITE_QUERY', `no answer from the management node ${place}`, {
      cause,
      hint: hintFor(error, host),
    });
  }
}

/** Whether a server is not who it should be, or its certificate is not of its time. */
export function isCertificateError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'code' in error &&
    /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/u.test(String(error.code))
  );
}

function hintFor(error: unknown, host: string): string {
  if (hasCode(error, 'CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED')) {
    return `the certificate is not valid at ${new Date().toISOString()}: is the node's clock right? (date -s sets it)`;
  }
  if (hasCode(error, 'ERR_TLS_CERT_ALTNAME_INVALID')) {
    return `its certificate must name ${host}: run statelite setup there, or name it as the certificate does`;
  }
  if (isCertificateError(error)) {
    return 'the initramfs has the CA of another management node: run genimage --onlyinitrd and nodeset again';
  }
  if (hasCode(error, 'ENOTFOUND', 'EAI_AGAIN')) {
    return `does the DHCP answer name a DNS server that knows ${host}? An address works without`;
  }
  return 'is statelite serve running there, and does XCAT= name it?';
}

/** Opens connections, each with the session of the last one whose server was who it should be. */
function opener(options: ConnectionOptions): (signal: AbortSignal) => Promise<TLSSocket> {
  let session: Buffer | undefined;
  return async (signal) => {
    const socket = await openTls(
      { ...options, ...(session === undefined ? {} : { session }) },
      signal,
    );
    // Before TLS 1.3 the ticket is part of the handshake; since then it follows.
    if (socket.getProtocol() === 'TLSv1.2') session = socket.getSession();
    else socket.on('session', (ticket) => (session = ticket));
    return socket;
  };
}

async function openTls(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect(options, () => resolve(socket));
  const stop = (): void => void socket.destroy(new Error('given up'));
  socket.once('error', reject);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await promise;
  } finally {
    socket.off('error', reject);
    signal.removeEventListener('abort', stop);
  }
}
