import { StateliteError } from '../../agent/errors.ts';
import type { Logger } from '../../agent/log.ts';
import type { Notifier } from './notify.ts';

export interface WatchdogOptions {
  /** Milliseconds within which the service manager must hear from us; undefined: it does not care. */
  readonly interval: number | undefined;
  /** What every request begins with. */
  readonly check: () => Promise<unknown>;
  readonly notifier: Pick<Notifier, 'alive' | 'status'>;
  readonly log: Logger;
}

/**
 * Tells the service manager twice in each interval that requests can be answered: the event loop
 * runs, and the tables can be had. A database that is away is no reason to be restarted: what is
 * in memory would be lost; a check that never ends, or a bug, is one. Returns what stops it.
 */
export function startWatchdog({ interval, check, notifier, log }: WatchdogOptions): () => void {
  if (interval === undefined) return () => {};
  const told = { busy: false };
  const look = async () => {
    // One that hangs says nothing any more, and that is the message.
    if (told.busy) return;
    told.busy = true;
    try {
      await check();
      notifier.alive();
    } catch (error) {
      if (error instanceof StateliteError) {
        notifier.alive();
        notifier.status(`cannot answer: ${error.message}`);
      } else {
        log.error(`the watchdog is not told: ${String(error)}`);
      }
    } finally {
      told.busy = false;
    }
  };
  void look();
  const timer = setInterval(() => void look(), interval / 2);
  return () => clearInterval(timer);
}
