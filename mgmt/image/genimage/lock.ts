import { resolve as absolute } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import { holdName } from '../../held-name.ts';

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
 * disposed or this process ends. ERR_STATELITE_IMAGE if somebody has it.
 */
export async function lockImage(directory: string): Promise<AsyncDisposable> {
  const lock = await holdName('image', await chase('/', absolute(directory)));
  if (lock !== undefined) return lock;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `another command is changing the image in ${directory}`,
    { hint: 'wait until it has ended' },
  );
}
