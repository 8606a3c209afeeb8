import { setTimeout as delay } from 'node:timers/promises';
import { StateliteError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Time that is left, in milliseconds, and a way to spend some of it. */
export interface Budget {
  readonly left: number;
  wait(milliseconds: number): Promise<void>;
}

/** One budget of time for everything that waits (semantics 5.7). It stands still while a shell is open. */
export class Deadline implements Budget {
  readonly seconds: number;
  #ends: number;
  #pausedAt: number | undefined;

  constructor(seconds: number) {
    this.seconds = seconds;
    this.#ends = performance.now() + seconds * 1000;
  }

  /** Milliseconds left, never negative. */
  get left(): number {
    return Math.max(0, this.#ends - (this.#pausedAt ?? performance.now()));
  }

  async wait(milliseconds: number): Promise<void> {
    await delay(milliseconds);
  }

  async paused(run: () => Promise<void>): Promise<void> {
    const start = performance.now();
    this.#pausedAt = start;
    try {
      await run();
    } finally {
      this.#ends += performance.now() - start;
      this.#pausedAt = undefined;
    }
  }

  /** Runs `work`; when the time is up first, throws ERR_STATELITE_DEADLINE, whatever hangs. */
  async guard<Result>(work: Promise<Result>, doing: () => string): Promise<Result> {
    const stop = new AbortController();
    try {
      return await Promise.race([work, this.#expiry(doing, stop.signal)]);
    } finally {
      stop.abort();
    }
  }

  async #expiry(doing: () => string, signal: AbortSignal): Promise<never> {
    // A look every 100 ms: the end moves while a shell is open.
    while (this.left > 0 || this.#pausedAt !== undefined) {
      await delay(100, undefined, { signal, ref: false }).catch(() => new Promise<never>(() => {}));
    }
    throw new StateliteError(
      'ERR_STATELITE_DEADLINE',
      `the boot did not finish within ${this.seconds} s; it hangs at: ${doing()}`,
      { hint: 'is the server it waits for up? statelite.deadline= sets another limit' },
    );
  }
}

export interface Retry {
  readonly deadline: Budget;
  readonly log: Logger;
  /** What is tried, for the log: `mount 10.0.0.1:/images`. */
  readonly what: string;
  /** Errors that no waiting can mend, given how often they came. */
  readonly isFinal?: (error: unknown, times: number) => boolean;
}

/** The cause of an error whose server said when to try again. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    super(`it asks to try again in ${milliseconds / 1000} s`);
    this.milliseconds = milliseconds;
  }
}

const firstPause = 500;
const longestPause = 10_000;
/** A server may ask for more; a boot does not wait for hours. */
const longestAsked = 60_000;
/** What a try needs, in milliseconds. */
const shortestTry = 1000;

/**
 * Tries until it works, pausing longer each time, never at the same moment as other nodes and not
 * before the server asked for it; gives the last error when no time is left for another try.
 */
export async function retry<Result>(
  { deadline, log, what, isFinal = () => false }: Retry,
  attempt: (times: number) => Promise<Result>,
): Promise<Result> {
  for (let times = 1; ; times += 1) {
    try {
      return await attempt(times);
    } catch (error) {
      const spare = deadline.left - shortestTry;
      if (isFinal(error, times) || spare < firstPause) throw error;
      const pause = Math.min(spare, askedFor(error) + pauseAfter(times));
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(`${what}: ${reason}; trying again in ${(pause / 1000).toFixed(1)} s`);
      await deadline.wait(pause);
    }
  }
}

/**
 * Exponential and all of it random (full jitter): nodes that were refused in one moment come back
 * spread over the whole pause. Never quite at once.
 */
export function pauseAfter(times: number, random: () => number = Math.random): number {
  const full = Math.min(longestPause, firstPause * 2 ** (times - 1));
  return Math.max(firstPause / 5, full * random());
}

function askedFor(error: unknown): number {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof TryLater ? Math.min(longestAsked, cause.milliseconds) : 0;
}
