import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';

/** Waits, in milliseconds. Rejects with ERR_STATELITE_HARDWARE if it is aborted: `what` was going on. */
export async function pauseFor(
  milliseconds: number,
  signal: AbortSignal,
  what: string,
): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!hasCode(error, 'ABORT_ERR')) throw error;
    throw new StateliteError('ERR_STATELITE_HARDWARE', `was interrupted ${what}`, {
      hint: 'rpower stat says how it is now',
    });
  }
}
