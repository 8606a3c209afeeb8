/** How much of one kind of work there may be. */
export interface AdmissionLimits {
  /** Pieces of work at the same time. */
  readonly atOnce: number;
  /** That wait for their turn; what comes on top is refused at once. */
  readonly waiting: number;
  /** How long one waits before it is refused, in milliseconds. */
  readonly patience: number;
}

/** Lets in so much work at a time, the rest in the order it came. */
export interface Admission {
  /**
   * Calls `begin` when it is the turn of this work, maybe at once, or `refuse`; never both. Whoever
   * began must call `leave` once. The returned function takes back what still waits.
   */
  readonly enter: (begin: (leave: () => void) => void, refuse: () => void) => () => void;
  readonly atWork: () => number;
  readonly waiting: () => number;
}

interface Turn {
  readonly begin: (leave: () => void) => void;
  readonly refuse: () => void;
  readonly until: number;
}

export function createAdmission(
  limits: AdmissionLimits,
  now: () => number = () => performance.now(),
): Admission {
  // In the order they came; a Set, because one that waits may go away.
  const turns = new Set<Turn>();
  let atWork = 0;
  let expiry: NodeJS.Timeout | undefined;

  const start = ({ begin }: Turn) => {
    atWork += 1;
    let isOver = false;
    begin(() => {
      if (isOver) return;
      isOver = true;
      atWork -= 1;
      const [next] = turns;
      if (next === undefined) return;
      turns.delete(next);
      start(next);
    });
  };
  const later = (milliseconds: number) => setTimeout(expire, milliseconds + 1).unref();
  /** The oldest is the first whose patience ends: one timer is enough for all. */
  const expire = () => {
    for (const turn of turns) {
      if (turn.until > now()) break;
      turns.delete(turn);
      turn.refuse();
    }
    const [oldest] = turns;
    expiry = oldest === undefined ? undefined : later(oldest.until - now());
  };

  return {
    enter(begin, refuse) {
      const turn: Turn = { begin, refuse, until: now() + limits.patience };
      if (atWork < limits.atOnce) {
        start(turn);
        return () => {};
      }
      if (turns.size >= limits.waiting) {
        refuse();
        return () => {};
      }
      turns.add(turn);
      expiry ??= later(limits.patience);
      return () => void turns.delete(turn);
    },
    atWork: () => atWork,
    waiting: () => turns.size,
  };
}
