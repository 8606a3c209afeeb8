import { randomInt } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { stockRequest } from '../../agent/protocol/stock-xml.ts';
import { statusRequest } from '../../agent/protocol/status.ts';

/** Node n<number> has the address 127.0.1.<number>, and one row for /etc/n<number>. */
export interface AskingNode {
  readonly number: number;
  readonly ports: { readonly tls: number; readonly status: number; readonly http: number };
  readonly ca: string;
  /** One connection of so many is reset by the node, at any moment; 0: none. */
  readonly resets: number;
}

/** What came of one request. */
export type Outcome = 'right' | 'wrong' | 'none';

const patience = 20_000;

export async function askBoot(node: AskingNode): Promise<Outcome> {
  const reply = await exchange(node, tls(node, 'http/1.1'), (socket) =>
    socket.write('GET /v1/boot HTTP/1.1\r\nHost: mn\r\nConnection: close\r\n\r\n'),
  );
  const [head = '', body = ''] = reply.split('\r\n\r\n');
  const isWhole = Number(/content-length: (\d+)/i.exec(head)?.[1]) === Buffer.byteLength(body);
  if (!head.startsWith('HTTP/1.1 ') || !isWhole) return 'none';
  if (!head.startsWith('HTTP/1.1 200 ')) return head.startsWith('HTTP/1.1 5') ? 'none' : 'wrong';
  return isOwn(node, body) && body.includes(`"node":"n${node.number}"`) ? 'right' : 'wrong';
}

export async function askStock(node: AskingNode): Promise<Outcome> {
  const reply = await exchange(node, tls(node), (socket) => socket.write(stockRequest('litefile')));
  if (!reply.includes('serverdone')) return 'none';
  return isOwn(node, reply) ? 'right' : 'wrong';
}

/** A status counts as taken once `done` is heard. */
export async function tellStatus(node: AskingNode, status: string): Promise<Outcome> {
  const reply = await exchange(node, tcp(node, node.ports.status), (socket) =>
    socket.write(statusRequest(status)),
  );
  if (reply === 'ready\ndone\n') return 'right';
  return 'ready\ndone\n'.startsWith(reply) ? 'none' : 'wrong';
}

/** `content` is what boot.ipxe holds. */
export async function getBootFile(node: AskingNode, content: string): Promise<Outcome> {
  const reply = await exchange(node, tcp(node, node.ports.http), (socket) =>
    socket.write('GET /tftpboot/boot.ipxe HTTP/1.1\r\nHost: mn\r\nConnection: close\r\n\r\n'),
  );
  const [head = '', body = ''] = reply.split('\r\n\r\n');
  if (body.length < content.length) return 'none';
  return head.startsWith('HTTP/1.1 200 ') && body === content ? 'right' : 'wrong';
}

function isOwn({ number }: AskingNode, reply: string): boolean {
  const files = [...reply.matchAll(/\/etc\/n\d+/g)].map(([file]) => file);
  return files.length === 1 && files[0] === `/etc/n${number}`;
}

/** All that came until the end, '' if there was none. */
async function exchange(
  { resets }: AskingNode,
  { socket, below }: Line,
  begin: (socket: Socket) => void,
): Promise<string> {
  const give = setTimeout(() => socket.destroy(), patience);
  const reset =
    resets > 0 && randomInt(resets) === 0
      ? setTimeout(() => below.resetAndDestroy(), randomInt(30))
      : undefined;
  const chunks: Buffer[] = [];
  socket.on('error', () => {}).on('data', (chunk: Buffer) => chunks.push(chunk));
  begin(socket);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('close', () => resolve());
  await promise;
  clearTimeout(give);
  clearTimeout(reset);
  return Buffer.concat(chunks).toString();
}

/** What is spoken over, and the TCP connection below, which alone can be reset. */
interface Line {
  readonly socket: Socket;
  readonly below: Socket;
}

function tls(node: AskingNode, ...ALPNProtocols: string[]): Line {
  const below = tcp(node, node.ports.tls).below.on('error', () => {});
  return {
    below,
    socket: connectTls({ socket: below, host: '127.0.0.1', ca: node.ca, ALPNProtocols }),
  };
}

function tcp({ number }: AskingNode, port: number): Line {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: `127.0.1.${number}` });
  return { socket, below: socket };
}
