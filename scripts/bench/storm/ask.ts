import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { stockRequest } from '../../../agent/protocol/stock-xml.ts';
import type { Level, Place } from './job.ts';
import { addressOf, answerRows } from './site.ts';

/** A client with the address of a node. */
export interface Asker {
  /** One request; throws unless it is answered in full. */
  ask(): Promise<void>;
  close(): void;
}

const patience = 120_000;
/** What nodes of today offer; others would make the clients busier than the daemon. */
const ecdhCurve = 'X25519:P-256';
const infoEnd = '</info>';
let context: SecureContext | undefined;

/** `index` counts the nodes of the site from 0. */
export function createAsker(kind: Level['kind'], place: Place, index: number): Asker {
  const localAddress = addressOf(index);
  const open = (ALPNProtocols: string[], session?: Buffer) => {
    const options = {
      host: '127.0.0.1',
      port: place.ports.tls,
      localAddress,
      secureContext: (context ??= createSecureContext({ ca: place.ca, ecdhCurve })),
      ALPNProtocols,
      ...(session === undefined ? {} : { session }),
    };
    return connect(options);
  };
  if (kind === 'kept') return keptAsker(() => open(['http/1.1']));
  let session: Buffer | undefined;
  return {
    async ask() {
      const socket = open([], session);
      if (kind === 'resumed') socket.on('session', (ticket) => (session = ticket));
      await askStock(socket);
    },
    close: () => {},
  };
}

function askStock(socket: TLSSocket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let reply = '';
  socket.setEncoding('latin1');
  socket.setTimeout(patience, () => socket.destroy(new Error('silent')));
  socket.write(stockRequest('litefile'));
  socket.on('data', (chunk) => (reply += String(chunk)));
  socket.on('error', reject);
  socket.on('end', () => {
    socket.destroy();
    const rows = reply.split(infoEnd).length - 1;
    if (rows === answerRows && reply.trimEnd().endsWith('</xcatresponse>')) resolve();
    else reject(new Error(`${rows} rows`));
  });
  socket.on('close', () => reject(new Error('closed')));
  return promise;
}

/** Opens a connection again when the daemon said that it would close it. */
function keptAsker(open: () => TLSSocket): Asker {
  const request = 'GET /v1/boot HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  let received = '';
  let answered: ((error?: Error) => void) | undefined;
  let socket: TLSSocket | undefined;
  const connected = () => {
    const opened = open();
    const failed = (error: Error) => opened === socket && answered?.(error);
    opened.setEncoding('latin1');
    opened.setTimeout(patience, () => opened.destroy(new Error('silent')));
    opened.on('error', failed);
    opened.on('close', () => failed(new Error('closed')));
    opened.on('data', (chunk) => {
      received += String(chunk);
      const head = received.indexOf('\r\n\r\n') + 4;
      const headers = received.slice(0, head);
      const length = Number(/^content-length: (\d+)\r$/imu.exec(headers)?.[1]);
      if (head < 4 || received.length < head + length) return;
      const whole = headers.startsWith('HTTP/1.1 200 ') && received.endsWith('}\n');
      received = '';
      if (/^connection: close\r$/imu.test(headers)) socket = undefined;
      answered?.(whole ? undefined : new Error(headers.slice(0, headers.indexOf('\r'))));
    });
    return opened;
  };
  return {
    ask() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      answered = (error) => (error === undefined ? resolve() : reject(error));
      socket ??= connected();
      socket.write(request);
      return promise;
    },
    close: () => void socket?.destroy(),
  };
}
