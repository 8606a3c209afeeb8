import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { type Bytes, fsPath } from './bytes.ts';
import { FileFault } from './fault.ts';
import { hasCode } from '../errors.ts';
import { besideName } from '../rules/path.ts';

/** Whether somebody waits for the work; an AbortSignal is one, but making one takes its time. */
export type Stop = Pick<AbortSignal, 'aborted' | 'throwIfAborted'>;

/** The name under which something is built before it is renamed into place. */
export function besideOf(path: Bytes): Bytes {
  return path.slice(0, path.lastIndexOf('/') + 1) + besideName;
}

/**
 * Makes an object beside its place and renames it there: it is whole or absent, whatever happens
 * (semantics 3.1). What a killed run left is taken away first, what a failure leaves at once.
 * `durable` flushes the directory; what was made has to be flushed by `make`. Once `signal` says that
 * it is given up, nothing there is touched any more: somebody else may be at it.
 */
export async function putInPlace(
  to: Bytes,
  { durable, signal }: { readonly durable: boolean; readonly signal?: Stop | undefined },
  make: (beside: Bytes) => Promise<void>,
): Promise<void> {
  const beside = besideOf(to);
  await rm(fsPath(beside), { recursive: true, force: true });
  await wholeOrNothing(beside, signal, async () => {
    await make(beside);
    signal?.throwIfAborted();
    await rename(fsPath(beside), fsPath(to));
  });
  if (durable) await flush(directoryOf(to));
}

/** Does the work; if it fails before it is given up, what it made of `path` goes. */
export async function wholeOrNothing(
  path: Bytes,
  signal: Stop | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    // What stopped the work is what counts, also where a dead server does not let us tidy up.
    await Promise.allSettled([rm(fsPath(path), { recursive: true, force: true })]);
    throw error;
  }
}

/** fsync(2) of a file or directory. */
export async function flush(path: Bytes): Promise<void> {
  const handle = await open(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.sync();
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOTSUP')) return; // a file system without it loses nothing more
    if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
      throw new FileFault(-error.errno, 'writing', path);
    }
    throw error;
  } finally {
    await handle.close();
  }
}

/** The directory that holds a path. */
export function directoryOf(path: Bytes): Bytes {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
