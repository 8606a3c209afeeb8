import { readFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { hasCode, StateliteError } from '../errors.ts';
import { type BootAnswer, decodeAnswer } from '../protocol/answer.ts';
import type { Cmdline } from '../protocol/cmdline.ts';
import type { BootReport } from '../protocol/report.ts';
import {
  endsStockReply,
  parseStockReply,
  stockInfo,
  type StockList,
  stockLitefileRows,
  stockLitetreeRows,
  stockRequest,
} from '../protocol/stock-xml.ts';

/** The CA that genimage put into the initramfs. */
export const caFile = '/etc/statelite/ca.pem';

const mostBytes = 16 * 1024 * 1024;

export interface ManagementNode {
  /** litefile and litetree of the asking node. Throws ERR_STATELITE_QUERY or ERR_STATELITE_ANSWER. */
  ask(node: string, milliseconds: number): Promise<BootAnswer>;
  /** Hands in the report; a stock daemon takes none. */
  report(report: BootReport, milliseconds: number): Promise<void>;
  close(): void;
}

/**
 * The management node behind XCAT=: our JSON API if ALPN selects it, else the stock protocol. The
 * connection of the query is kept for the report.
 */
export async function managementNode({
  xcat,
  insecure,
}: Pick<Cmdline, 'xcat' | 'insecure'>): Promise<ManagementNode> {
  const ca = insecure ? undefined : await readCa();
  const options: ConnectionOptions = {
    host: xcat.host,
    port: xcat.port,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: !insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(isIP(xcat.host) === 0 ? { servername: xcat.host } : {}),
  };
  const place = `${xcat.host}:${xcat.port}`;
  const pool = new Agent({ keepAlive: true, maxSockets: 1 });
  let prepared: TLSSocket | undefined;
  pool.createConnection = () => {
    const socket = prepared ?? connect(options);
    prepared = undefined;
    return socket;
  };
  let isStock = false;
  return {
    ask: (node, milliseconds) =>
      within(place, milliseconds, async (signal) => {
        const socket = await openTls(options, signal);
        isStock = socket.alpnProtocol !== 'http/1.1';
        if (isStock) return askStock(node, socket, () => openTls(options, signal));
        prepared = socket;
        return decodeAnswer(await exchange(pool, signal, 'GET', '/v1/boot'));
      }),
    report: async (report, milliseconds) => {
      if (isStock) return;
      await within(place, milliseconds, (signal) =>
        exchange(pool, signal, 'POST', '/v1/report', report),
      );
    },
    close: () => pool.destroy(),
  };
}

async function readCa(): Promise<Buffer> {
  try {
    return await readFile(caFile);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_QUERY', `the initramfs has no ${caFile}`, {
      cause,
      hint: 'run statelite setup and genimage --onlyinitrd, or add statelite.insecure to trust any server',
    });
  }
}

/** Whether a failed query can be expected to fail again: identity and certificates do not mend themselves. */
export function isFinalAnswer(error: unknown, times: number): boolean {
  if (!(error instanceof StateliteError)) return false;
  if (error.cause instanceof Error && isCertificateError(error.cause)) return times >= 2;
  return error.code === 'ERR_STATELITE_ANSWER' && times >= 4;
}

async function within<Result>(
  place: string,
  milliseconds: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  try {
    return await run(AbortSignal.timeout(milliseconds));
  } catch (cause) {
    if (cause instanceof StateliteError) throw cause;
    throw new StateliteError('ERR_STATELITE_QUERY', `no answer from the management node ${place}`, {
      cause,
      hint: hintFor(cause),
    });
  }
}

function isCertificateError(error: Error): boolean {
  return 'code' in error && /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/u.test(String(error.code));
}

function hintFor(error: unknown): string {
  if (hasCode(error, 'CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED')) {
    return `the certificate is not valid at ${new Date().toISOString()}: is the node's clock right?`;
  }
  if (error instanceof Error && isCertificateError(error)) {
    return 'the initramfs has the CA of another management node: run genimage --onlyinitrd and nodeset again';
  }
  return 'is statelite serve running there, and does XCAT= name it?';
}

async function openTls(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect(options, () => resolve(socket));
  const stop = (): void => {
    socket.destroy();
    reject(new Error('it did not answer in time'));
  };
  socket.once('error', reject);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await promise;
  } finally {
    socket.off('error', reject);
    signal.removeEventListener('abort', stop);
  }
}

/** One request of the JSON API; answers of another status than 2xx throw with the server's words. */
async function exchange(
  pool: Agent,
  signal: AbortSignal,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sending = request({ agent: pool, method, path, signal }, resolve);
  sending.on('error', reject);
  if (body === undefined) sending.end();
  else {
    sending.setHeader('content-type', 'application/json');
    sending.end(JSON.stringify(body));
  }
  const response = await promise;
  const text = await textOf(response);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return text === '' ? undefined : parseJson(text);
  throw refusal(status, text);
}

async function textOf(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > mostBytes) throw badAnswer(`it is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer('it is not JSON', cause);
  }
}

function refusal(status: number, text: string): StateliteError {
  const error = errorIn(text);
  const message = error?.message ?? `it answers with status ${status}`;
  // A server that is overloaded or starting is worth another try, a refusal is not.
  const code = status >= 500 || status === 429 ? 'ERR_STATELITE_QUERY' : 'ERR_STATELITE_ANSWER';
  return new StateliteError(code, `the management node says: ${message}`, {
    hint: error?.hint ?? 'do the tables of the management node know this node and its address?',
  });
}

function errorIn(text: string): { message: string; hint: string | undefined } | undefined {
  try {
    const value: { error?: { message?: unknown; hint?: unknown } } | null = JSON.parse(text);
    const message = value?.error?.message;
    const hint = value?.error?.hint;
    if (typeof message !== 'string') return undefined;
    return { message, hint: typeof hint === 'string' ? hint : undefined };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // a proxy's page, not ours
    throw error;
  }
}

function badAnswer(reason: string, cause?: unknown): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_ANSWER',
    `the management node's answer is not usable: ${reason}`,
    { cause },
  );
}

/** Two lists, a connection each, as stock nodes ask (reference: the stock protocol on port 3001). */
async function askStock(
  node: string,
  first: TLSSocket,
  open: () => Promise<TLSSocket>,
): Promise<BootAnswer> {
  const litefile = await askList('litefile', first);
  const litetree = await askList('litetree', await open());
  return {
    node,
    image: '',
    litefile: stockLitefileRows(litefile),
    litetree: stockLitetreeRows(litetree),
    permission: '755',
  };
}

async function askList(list: StockList, socket: TLSSocket): Promise<readonly string[]> {
  socket.write(stockRequest(list));
  let text = '';
  socket.setEncoding('utf8');
  try {
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.length > mostBytes || endsStockReply(text)) break;
    }
  } finally {
    socket.destroy();
  }
  if (text === '') throw new Error(`it closed the connection without a ${list} answer`);
  return stockInfo(parseStockReply(text));
}
