import type { Run } from '../commands/with-commands.ts';

/**
 * Runs at most `limit` commands at the same time, the others in the order they came: a rack that
 * boots must not start a process for each of its nodes at once.
 */
export function fewAtOnce(run: Run, limit: number): Run {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (text) => {
    if (running < limit) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await run(text);
    } finally {
      // Who waits takes the place over.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
