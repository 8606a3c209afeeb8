import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { hasCode } from '../agent/errors.ts';

/**
 * Holds a name until disposed; undefined if another process, or somebody else in this one, has it. It
 * is in the kernel's abstract socket space, so it ends with this process however that ends. `kind`
 * keeps apart what `path` stands for.
 */
export async function holdName(kind: string, path: string): Promise<AsyncDisposable | undefined> {
  const name = createHash('sha256').update(path).digest('hex');
  const server = createServer().unref();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(`\0statelite-${kind}-${name}`, resolve);
  try {
    await promise;
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE')) return undefined;
    throw error;
  }
  return { [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())) };
}
