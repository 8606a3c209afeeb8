import { setTimeout as sleep } from 'node:timers/promises';
import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import type { Site } from '../core/site.ts';
import { siteNumber } from './site-number.ts';

/** How many controllers are asked at the same time, and how long before the next is. */
export interface Pace {
  readonly width: number;
  /** Milliseconds; a machine room may not be switched on at once. */
  readonly interval: number;
}

/** A node that could not be asked, and why; the others are. */
export interface NodeFailure {
  readonly node: string;
  readonly error: StateliteError;
}

/**
 * Stock's settings: site.ipmimaxp (64) at a time, and site.powerinterval (0) seconds between two, for
 * every method. Throws ERR_STATELITE_TABLE for one that is no number.
 */
export function paceOf(site: Site): Pace {
  return {
    width: siteNumber(site, 'ipmimaxp'),
    interval: 1000 * siteNumber(site, 'powerinterval'),
  };
}

/**
 * Works on every node, some at a time, begun in order. Who fails does not keep the others from their
 * turn; it is told to `failed` at once. Once the signal is aborted, no more are begun, and those fail.
 * Rejects with what is no failure but a bug when all had their turn.
 */
export async function onMany(
  nodes: readonly string[],
  { width, interval }: Pace,
  signal: AbortSignal,
  {
    work,
    failed,
  }: {
    readonly work: (node: string) => Promise<void>;
    readonly failed: (failure: NodeFailure) => void;
  },
): Promise<readonly NodeFailure[]> {
  const failures: NodeFailure[] = [];
  const bugs: { readonly node: string; readonly error: unknown }[] = [];
  const waiting = nodes.values();
  let turn = Promise.resolve();
  const begin = async (node: string) => {
    if (interval > 0 && node !== nodes[0]) {
      turn = turn.then(() => pause(interval, signal));
      await turn;
    }
    if (signal.aborted) {
      throw new StateliteError('ERR_STATELITE_HARDWARE', 'was not begun: interrupted');
    }
    await work(node);
  };
  const worker = async () => {
    for (const node of waiting) {
      try {
        await begin(node);
      } catch (error) {
        if (error instanceof StateliteError) {
          failures.push({ node, error });
          failed({ node, error });
        } else bugs.push({ node, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, nodes.length) }, worker));
  const [bug] = bugs;
  if (bugs.length > 1) throw severalBugs(bugs);
  if (bug !== undefined) throw bug.error;
  return failures;
}

/** The first with its stack: it is mostly the same one at all of them. */
function severalBugs(bugs: readonly { readonly node: string; readonly error: unknown }[]): Error {
  const [first = []] = bugs.map(({ error }) => explainError(error));
  const names = bugs.map(({ node }) => node).join(', ');
  return new AggregateError(
    bugs.map(({ error }) => error),
    [`a bug at ${bugs.length} nodes: ${names}`, ...first].join('\n'),
  );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!hasCode(error, 'ABORT_ERR')) throw error;
  }
}
