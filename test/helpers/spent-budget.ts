import type { Budget } from '../../agent/machine/deadline.ts';

/** Time that passes only by waiting, and that at once. */
export interface SpentBudget extends Budget {
  /** Every pause, in milliseconds. */
  readonly waits: readonly number[];
}

export function spentBudget(milliseconds: number): SpentBudget {
  const waits: number[] = [];
  return {
    waits,
    get left() {
      return milliseconds - waits.reduce((all, one) => all + one, 0);
    },
    wait: async (pause) => void waits.push(pause),
  };
}
