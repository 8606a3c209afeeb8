import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../../agent/errors.ts';
import { holdName } from '../held-name.ts';

/** Milliseconds: the longest work on ten thousand nodes takes a few seconds. */
const patience = 60_000;

/**
 * Works while no other command changes the same files, which `path` stands for, and waits for its
 * turn. The lock ends with this process.
 * ERR_STATELITE_SETUP if another command keeps it for a minute.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    await using lock = await holdName('setup', path);
    if (lock !== undefined) return await work();
    if (Date.now() > deadline) {
      throw new StateliteError('ERR_STATELITE_SETUP', `another command is changing ${path}`, {
        hint: 'wait until it has ended',
      });
    }
    await sleep(20);
  }
}
