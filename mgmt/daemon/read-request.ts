import type { Socket } from 'node:net';
import type { Connections } from './connections.ts';

interface RequestShape {
  /** Milliseconds for all of it, so that a slow sender gains nothing. */
  readonly time: number;
  readonly bytes: number;
  readonly isComplete: (text: string) => boolean;
  /** Can no longer become a request. */
  readonly isForeign?: (text: string) => boolean;
}

/**
 * Reads one request. Undefined if there is none: the peer went away, took too long, sent too much
 * or speaks something else.
 */
export function readRequest(
  socket: Socket,
  connections: Connections,
  { time, bytes, isComplete, isForeign = () => false }: RequestShape,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let received = Buffer.alloc(0);
  const answers = connections.waiting(socket);
  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const text = received.toString();
    if (isComplete(text)) finish(text);
    else if (received.length > bytes || isForeign(text)) finish(undefined);
  };
  const onEnd = () => finish(undefined);
  const late = setTimeout(onEnd, time);
  const finish = (text: string | undefined) => {
    clearTimeout(late);
    answers();
    socket.off('data', onData).off('end', onEnd).off('close', onEnd);
    // More is not wanted, but the peer's end is only noticed while reading.
    socket.resume();
    resolve(text);
  };
  socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  return promise;
}
