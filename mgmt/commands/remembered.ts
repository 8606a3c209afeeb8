import type { CommandResult } from '../core/cluster.ts';
import type { Run } from './with-commands.ts';

interface Known {
  readonly since: number;
  readonly result: Promise<CommandResult>;
}

/** How long a result is good for, in milliseconds. */
const lifetime = 60_000;

/** A node that boots asks twice, and a rack boots at once; more texts than this are forgotten. */
const maxKnown = 1000;

/**
 * Runs each text once a minute: for a daemon, whose nodes ask again and again. Who asks while it
 * runs waits for the same run. `now` is in milliseconds.
 */
export function remembered(run: Run, now: () => number = Date.now): Run {
  const known = new Map<string, Known>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined && now() - found.since < lifetime) return found.result;
    const result = run(text);
    known.delete(text);
    known.set(text, { since: now(), result });
    const [oldest] = known.keys();
    if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
    return result;
  };
}
