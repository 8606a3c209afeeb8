/**
 * Runs at most `limit` of them at the same time, the others in the order they came: a rack that
 * boots must not start a process for each of its nodes at once.
 */
export function fewAtOnce<A extends readonly unknown[], R>(
  run: (...args: A) => Promise<R>,
  limit: number,
): (...args: A) => Promise<R> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (...args) => {
    if (running < limit) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await run(...args);
    } finally {
      // Who waits takes the place over.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
