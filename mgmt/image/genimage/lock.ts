import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { resolve as absolute } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';

/** Works while nobody else changes the image in `directory`; see `lockImage`. */
export async function withImageLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const lock = await lockImage(directory);
  try {
    return await work();
  } finally {
    await lock[Symbol.asyncDispose]();
  }
}

/**
 * Keeps others from changing the image in `directory`, by whatever links they reach it, until
 * disposed. The lock is a name in the kernel's abstract socket space, so it ends with this process
 * however that ends.
 * ERR_STATELITE_IMAGE if somebody has it.
 */
export async function lockImage(directory: string): Promise<AsyncDisposable> {
  const name = createHash('sha256')
    .update(await chase('/', absolute(directory)))
    .digest('hex');
  const server = createServer().unref();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(`\0statelite-image-${name}`, resolve);
  try {
    await promise;
  } catch (cause) {
    if (!hasCode(cause, 'EADDRINUSE')) throw cause;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `another command is changing the image in ${directory}`,
      { hint: 'wait until it has ended' },
    );
  }
  return { [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())) };
}
