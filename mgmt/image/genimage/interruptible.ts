import { StateliteError } from '../../../agent/errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that clears up after itself when it is told to stop: the first signal aborts it, a
 * second one ends the process as if nobody had asked.
 */
export async function interruptible<T>(
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) =>
    controller.abort(
      new StateliteError('ERR_STATELITE_IMAGE', `${what} was interrupted (${signal})`, {
        hint: 'the last good image is as it was',
      }),
    );
  for (const signal of signals) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
