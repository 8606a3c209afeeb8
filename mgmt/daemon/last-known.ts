import { explainError, StateliteError } from '../../agent/errors.ts';
import type { Logger } from '../../agent/log.ts';

/** How long a request waits for the database before it gets what was last known, in milliseconds. */
const patience = 2000;
/** From one look for a database that is away to the next. */
const lookInterval = 1000;
/** From one line in the log that it is still away to the next. */
const sayInterval = 300_000;

export interface LastKnownOptions {
  readonly log: Logger;
  readonly patience?: number;
}

/**
 * Gives what `read` last gave while the database is away: nodes go on booting as the tables were.
 * Who asks does not wait for a database that is known to be away; it is looked for beside, and
 * used again by the first request after it is back. Without anything known, and for errors that are
 * not the database's, `read` decides.
 *
 * There is no end to it: while the database is away, nobody can have changed it but by a connection
 * that only we have lost, and a node that cannot boot is worse. The log says it every 5 minutes.
 */
export function lastKnown<T>(
  read: () => Promise<T>,
  { log, patience: limit = patience }: LastKnownOptions,
): () => Promise<T> {
  let known: { readonly value: T; readonly time: Date } | undefined;
  let away: { since: Date; said: number; looked: number } | undefined;
  let looking: Promise<void> | undefined;

  const isBack = (value: T) => {
    known = { value, time: new Date() };
    if (away !== undefined) log.info(`the database is back, away since ${clock(away.since)}`);
    away = undefined;
  };
  const isAway = (reason: string, since: Date) => {
    away ??= { since: new Date(), said: -Infinity, looked: performance.now() };
    if (performance.now() - away.said < sayInterval) return;
    away.said = performance.now();
    log.warn(`nodes are answered as the tables were at ${clock(since)}: ${reason}`);
  };
  /** One at a time: those that hang would be many. */
  const look = () => {
    if (looking !== undefined || away === undefined) return;
    if (performance.now() - away.looked < lookInterval) return;
    away.looked = performance.now();
    looking = read()
      .then(isBack, (error: unknown) => {
        if (known !== undefined) isAway(reasonOf(error), known.time);
      })
      .finally(() => (looking = undefined));
  };

  return async () => {
    if (known !== undefined && away !== undefined) {
      look();
      return known.value;
    }
    try {
      const value = known === undefined ? await read() : await inTime(read(), limit);
      isBack(value);
      return value;
    } catch (error) {
      const isDatabase = error instanceof StateliteError && error.code === 'ERR_STATELITE_DATABASE';
      if (!isDatabase || known === undefined) throw error;
      isAway(reasonOf(error), known.time);
      return known.value;
    }
  };
}

/** A read that goes on beyond the limit ends unheard: it is looked again. */
async function inTime<T>(work: Promise<T>, limit: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const seconds = limit / 1000;
  const timer = setTimeout(
    () =>
      reject(
        new StateliteError(
          'ERR_STATELITE_DATABASE',
          `the database does not answer in ${seconds} s`,
        ),
      ),
    limit,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  return explainError(error).join('; ');
}

function clock(time: Date): string {
  return time.toISOString();
}
