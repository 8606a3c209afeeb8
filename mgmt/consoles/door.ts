import { once } from 'node:events';
import { lstatSync, mkdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { isSystemError } from '../system-error.ts';

/** Milliseconds from one look whether the socket is there to the next; who comes meanwhile waits longer. */
const usual = 2000;

/**
 * Listens on a socket at `path`, which only its owner can connect to, until disposed. One that somebody
 * removes, with the logs beside it say, is made again; who is connected stays. Rejects if it cannot listen.
 */
export async function openDoor(
  path: string,
  letIn: (socket: Socket) => void,
  warn: (message: string) => void,
): Promise<AsyncDisposable> {
  let lastWarning = '';
  const complain = (message: string) => {
    if (message !== lastWarning) warn(message);
    lastWarning = message;
  };
  const onError = ({ message }: Error) => complain(`cannot listen: ${message}`);
  let server = listen(path, letIn);
  await once(server, 'listening');
  server.on('error', onError);
  const look = () => {
    try {
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return void (lastWarning = '');
      complain(`${path} was removed, and is made again`);
      server.close(); // now: it removes what is at the path
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      server = listen(path, letIn).on('error', onError);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      complain(`cannot listen: ${error.message}`);
    }
  };
  const timer = setInterval(look, usual).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The socket is there when it returns, or an error follows. */
function listen(path: string, letIn: (socket: Socket) => void): Server {
  // Made for others to connect to, it would be theirs for a moment before it is made mode 600.
  const mask = process.umask(0o077);
  const server = createServer(letIn).listen(path);
  process.umask(mask);
  return server;
}
