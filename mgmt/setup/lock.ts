import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';

/** Milliseconds: the longest work on ten thousand nodes takes a few seconds. */
const patience = 60_000;

/**
 * Works while no other command changes the same files, which `path` stands for, and waits for its
 * turn. The lock is a name in the kernel's abstract socket space, so it ends with this process.
 * ERR_STATELITE_SETUP if another command keeps it for a minute.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const name = createHash('sha256').update(path).digest('hex');
  const deadline = Date.now() + patience;
  for (;;) {
    const server = await tryListen(`\0statelite-setup-${name}`);
    if (server !== undefined) {
      try {
        return await work();
      } finally {
        await new Promise((done) => server.close(done));
      }
    }
    if (Date.now() > deadline) {
      throw new StateliteError('ERR_STATELITE_SETUP', `another command is changing ${path}`, {
        hint: 'wait until it has ended',
      });
    }
    await sleep(20);
  }
}

async function tryListen(name: string) {
  const server = createServer().unref();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(name, resolve);
  try {
    await promise;
    return server;
  } catch (error) {
    if (!hasCode(error, 'EADDRINUSE')) throw error;
    return undefined;
  }
}
