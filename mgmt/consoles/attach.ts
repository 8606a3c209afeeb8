import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import type { Patience } from '../power/control.ts';
import { closed } from './closed.ts';
import { escapeReader } from './escape.ts';
import { firstLine } from './first-line.ts';
import { type Hello, parseWelcome } from './greeting.ts';

/** Where somebody sits. */
export interface Seat {
  readonly input: Readable;
  readonly output: Writable;
  /** Told that from now on all that is typed is for the node, ^C too, and that it is no longer. */
  readonly raw: (isRaw: boolean) => void;
}

/** How it ended: `^Ec.` or the end of the input, or the server went away. */
export type Parted = 'left' | 'cut';

/**
 * Attaches a seat to the console of a node, until it is left. Undefined if no console server runs; one
 * that says nothing within the limit is `cut`. Throws ERR_STATELITE_HARDWARE for what the server refuses.
 */
export async function attach(
  path: string,
  hello: Hello,
  { input, output, raw }: Seat,
  { limit, signal }: Patience,
): Promise<Parted | undefined> {
  const socket = await connected(path);
  if (socket === undefined) return undefined;
  const leave = () => void socket.destroy();
  signal.addEventListener('abort', leave);
  let parted: Parted = 'cut';
  let isRaw = false;
  try {
    socket.write(`${JSON.stringify(hello)}\n`);
    const answer = await firstLine(socket, limit);
    const welcome = parseWelcome(answer ?? '');
    if (signal.aborted) return 'left';
    if (welcome === undefined) return 'cut';
    if ('error' in welcome) throw refusal(welcome);
    isRaw = true;
    raw(true);
    const listen = escapeReader();
    const onInput = (bytes: Buffer) => {
      if (listen(bytes).includes('disconnect')) parted = 'left';
      if (!socket.writable || socket.write(bytes)) return;
      input.pause();
      socket.once('drain', () => input.resume());
    };
    const onEnd = () => {
      parted = 'left';
      socket.end();
    };
    input.on('data', onInput).on('end', onEnd).resume();
    socket.on('data', (bytes: Buffer) => {
      if (output.write(bytes)) return;
      socket.pause();
      output.once('drain', () => socket.resume());
    });
    socket.resume();
    await closed(socket);
    input.off('data', onInput).off('end', onEnd).pause();
    return signal.aborted ? 'left' : parted;
  } finally {
    signal.removeEventListener('abort', leave);
    socket.destroy();
    if (isRaw) raw(false);
  }
}

async function connected(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ECONNREFUSED', 'ENOTDIR')) return undefined;
    if (!hasCode(error, 'EACCES')) throw error;
    throw new StateliteError('ERR_STATELITE_HARDWARE', `consoles are not for this user: ${path}`, {
      cause: error,
      hint: 'ask as the user who runs the console server, mostly root',
    });
  }
  return socket.on('error', () => {}); // 'close' follows, and is what counts
}

function refusal({ error, hint }: { error: string; hint: string | undefined }): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', error, hint === undefined ? {} : { hint });
}
