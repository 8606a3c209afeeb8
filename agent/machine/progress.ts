import type { Logger } from '../log.ts';
import type { PhaseTime } from '../protocol/report.ts';

/** The phases of a boot with their times, and which one is running now. */
export interface Phases {
  /** Runs one phase, timed and logged; `brought` takes the bytes that it got over the network. */
  run<Result>(
    name: string,
    work: (brought: (bytes: number) => void) => Promise<Result>,
  ): Promise<Result>;
  readonly times: readonly PhaseTime[];
  readonly current: () => string;
  /** Milliseconds since the agent's first line. */
  readonly elapsed: () => number;
}

/** Begins with the agent's first line. */
export function trackPhases(log: Logger): Phases {
  const times: PhaseTime[] = [];
  const begun = performance.now();
  let current = 'start';
  return {
    times,
    current: () => current,
    elapsed: () => performance.now() - begun,
    run: async (name, work) => {
      current = name;
      const start = performance.now();
      let bytes: number | undefined;
      const result = await work((count) => (bytes = count));
      const took = performance.now() - start;
      times.push({ name, start: start - begun, took, ...(bytes !== undefined && { bytes }) });
      log.info(`${name}: done in ${(took / 1000).toFixed(2)} s`);
      return result;
    },
  };
}
