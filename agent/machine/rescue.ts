import { setTimeout as delay } from 'node:timers/promises';
import { explainError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { OnFail } from '../protocol/cmdline.ts';
import type { System } from '../system.ts';
import { openShell } from './shell.ts';
import type { Programs } from './spawn.ts';

export interface RescueDeps {
  readonly cmdline: { readonly onfail: OnFail };
  readonly system: Pick<System, 'reboot' | 'halt'>;
  readonly programs: Programs;
  readonly journal: { readonly log: Logger };
}

/** Milliseconds. */
export interface RescueTimes {
  /** Long enough to read the reason on the console before the screen is gone. */
  readonly reading: number;
  /** A console without a keyboard ends its shell at once; it must not spin. */
  readonly shortestShell: number;
}

const usual: RescueTimes = { reading: 5000, shortestShell: 2000 };

/**
 * A boot that cannot go on: says what, why and what to do, then does what statelite.onfail says
 * (semantics 5.6). Returns when the shell is left, to try again.
 */
export async function rescue(
  error: unknown,
  { cmdline, system, programs, journal }: RescueDeps,
  times = usual,
): Promise<void> {
  for (const line of explainError(error)) journal.log.error(line);
  if (cmdline.onfail !== 'shell') {
    journal.log.error(`statelite.onfail=${cmdline.onfail}: in ${times.reading / 1000} s`);
    await delay(times.reading);
    if (cmdline.onfail === 'reboot') system.reboot();
    system.halt();
  }
  const rest = delay(times.shortestShell);
  await openShell(programs, 'Emergency shell. Leaving it tries again.');
  await rest;
}
