import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'vitest';

/** Where test daemons listen. */
export const host = '127.0.0.1';
/** A request that anybody may send. */
export const health = 'GET /v1/health HTTP/1.1\r\nHost: mn\r\n\r\n';

/** A connection whose errors do not count. */
export function tcp(port: number): Socket {
  return connectTcp(port, host).on('error', () => {});
}

/** The same with TLS, which no certificate is asked for. */
export async function tls(port: number, ...ALPNProtocols: string[]): Promise<TLSSocket> {
  const socket = connectTls({ port, host, rejectUnauthorized: false, ALPNProtocols });
  await once(socket, 'secureConnect');
  return socket.on('error', () => {});
}

/** To the JSON API. */
export const api = (port: number) => tls(port, 'http/1.1');

/** Everything until the server closes. */
export async function rest(socket: Socket): Promise<string> {
  let text = '';
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('data', (chunk) => (text += String(chunk))).on('close', () => resolve());
  if (!socket.closed) await promise;
  return text;
}

/** A new connection is answered. */
export async function isServing(port: number): Promise<void> {
  const socket = await api(port);
  socket.write(health);
  expect(String(await once(socket, 'data'))).toContain('200 OK');
  socket.destroy();
}
