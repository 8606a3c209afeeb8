import type { Socket } from 'node:net';
import { longestGreeting } from './greeting.ts';

/**
 * The first line of a connection; what came behind it is put back to be read. Undefined if there is none
 * within the time, in milliseconds, or it is too long.
 */
export async function firstLine(socket: Socket, limit: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let received = Buffer.alloc(0);
  const onData = (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    const end = received.indexOf(0x0a);
    if (end === -1 && received.length <= longestGreeting) return;
    socket.pause();
    if (end === -1 || end > longestGreeting) return resolve(undefined);
    socket.off('data', onData);
    if (end + 1 < received.length) socket.unshift(received.subarray(end + 1));
    resolve(received.toString('utf8', 0, end));
  };
  const none = () => resolve(undefined);
  const timer = setTimeout(none, limit);
  socket.on('data', onData).on('close', none);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off('data', onData).off('close', none);
  });
}
