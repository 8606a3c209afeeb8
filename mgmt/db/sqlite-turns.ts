/** Lets one writer at a time go on. */
export interface Turns {
  /** Waits for the turn; what it returns ends it. */
  readonly next: () => Promise<() => void>;
}

const files = new Map<string, Turns>();

/**
 * The turns of a database file within this process. SQLite waits for a lock without letting anything
 * else of the process run, so a connection that waits for another one of the same process would wait
 * in vain, and keep the whole process waiting with it.
 */
export function turnsOf(path: string): Turns {
  const known = files.get(path) ?? createTurns();
  files.set(path, known);
  return known;
}

function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    async next() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = last;
      last = promise;
      await before;
      return resolve;
    },
  };
}
