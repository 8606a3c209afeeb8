import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { hasCode } from '../../agent/errors.ts';
import { isStockAbort } from '../../agent/protocol/stock-xml.ts';
import type { Connections } from './connections.ts';
import type { Limits } from './limits.ts';

/** A command of many arguments, or a stanza on its standard input. */
const maxBytes = 256 * 1024;

/** A request of `maxBytes` in the smallest packets that networks make of it. */
const maxPieces = 1024;

/** How long a client may take to read on. */
const replyTime = 30_000;

const requestEnd = '</xcatrequest>';

/**
 * The requests of a client with a certificate, one after the other, until it goes, is silent for
 * too long, sends what is no request, or gives one up with abortcommand. An empty answer ends the
 * session too. Never rejects; `answer` must not either.
 */
export async function serveSession(
  socket: Socket,
  connections: Connections,
  { idle }: Pick<Limits, 'idle'>,
  answer: (request: string) => Promise<string>,
): Promise<void> {
  const incoming = collect(socket);
  for (;;) {
    const answers = connections.waiting(socket);
    const request = await incoming.next(idle);
    answers();
    if (request === undefined) break;
    const reply = await Promise.race([answer(request), incoming.givenUp()]);
    if (reply === undefined || reply === '' || !(await send(socket, reply))) break;
  }
  connections.waiting(socket);
  socket.setTimeout(replyTime, () => socket.destroy());
  socket.end();
}

interface Incoming {
  /** The next whole request; undefined if none comes in time. */
  readonly next: (time: number) => Promise<string | undefined>;
  /** Resolves when the request that is being answered is of no use any more. */
  readonly givenUp: () => Promise<undefined>;
}

/** Listens from now on, so that nothing is lost between two requests. One waits at a time. */
function collect(socket: Socket): Incoming {
  const decoder = new StringDecoder();
  let text = '';
  let pieces = 0;
  let isEnded = false;
  let look: (() => void) | undefined;
  const end = () => {
    isEnded = true;
    look?.();
  };
  socket.on('data', (chunk: Buffer) => {
    text += decoder.write(chunk);
    pieces += 1;
    if (text.length > maxBytes || pieces > maxPieces || isForeign(text)) socket.destroy();
    look?.();
  });
  socket.on('end', end).on('close', end);
  const take = () => {
    const at = text.indexOf(requestEnd);
    if (at === -1) return undefined;
    const request = text.slice(0, at + requestEnd.length);
    text = text.slice(at + requestEnd.length);
    pieces = 0;
    return request;
  };
  return {
    next(time) {
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      const finish = (request: string | undefined) => {
        clearTimeout(late);
        look = undefined;
        resolve(socket.destroyed ? undefined : request);
      };
      const late = setTimeout(() => finish(undefined), time);
      look = () => {
        const request = take();
        if (request !== undefined || isEnded || socket.destroyed) finish(request);
      };
      look();
      return promise;
    },
    givenUp() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      look = () => {
        if (socket.destroyed || beginsWithAbort(text)) resolve(undefined);
      };
      look();
      return promise;
    },
  };
}

/** As stock, which gives up as soon as this many bytes hold no request. */
function isForeign(text: string): boolean {
  const begun = text.trimStart();
  return begun.length > 15 && !begun.startsWith('<xcatrequest>');
}

function beginsWithAbort(text: string): boolean {
  const at = text.indexOf(requestEnd);
  if (at === -1 || !text.includes('<abortcommand>')) return false;
  try {
    return isStockAbort(text.slice(0, at + requestEnd.length));
  } catch (error) {
    // What is wrong with it is said when its turn comes.
    if (hasCode(error, 'ERR_STATELITE_REQUEST')) return false;
    throw error;
  }
}

/** Whether it was all taken. */
function send(socket: Socket, reply: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cut = () => socket.destroy();
  socket.setTimeout(replyTime, cut);
  socket.write(reply, (error) => {
    socket.setTimeout(0, cut);
    resolve(error === undefined || error === null);
  });
  return promise;
}
