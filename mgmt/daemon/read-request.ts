import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { Connections } from './connections.ts';
import { limits } from './limits.ts';

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
 * or in too many pieces, or speaks something else.
 */
export function readRequest(
  socket: Socket,
  connections: Connections,
  { time, bytes, isComplete, isForeign = () => false }: RequestShape,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const decoder = new StringDecoder();
  let text = '';
  let left: { bytes: number; pieces: number } = { bytes, pieces: limits.pieces };
  const answers = connections.waiting(socket);
  const onData = (chunk: Buffer) => {
    text += decoder.write(chunk);
    left = { bytes: left.bytes - chunk.length, pieces: left.pieces - 1 };
    if (left.bytes < 0 || left.pieces < 0) finish(undefined);
    else if (isComplete(text)) finish(text);
    else if (isForeign(text)) finish(undefined);
  };
  const onEnd = () => finish(undefined);
  const late = setTimeout(onEnd, time);
  const finish = (request: string | undefined) => {
    clearTimeout(late);
    answers();
    socket.off('data', onData).off('end', onEnd).off('close', onEnd);
    // More is not wanted, but the peer's end is only noticed while reading.
    socket.resume();
    resolve(request);
  };
  socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  return promise;
}
