import { availableParallelism, loadavg, release } from 'node:os';

/** Where the figures were taken. */
export interface Host {
  readonly kernel: string;
  readonly node: string;
  readonly processors: number;
  /** Load averages of 1, 5 and 15 minutes: others on the machine make every figure worse. */
  readonly load: { readonly before: readonly number[]; readonly after: readonly number[] };
}

/** This machine, with its load now and `before` the measurements. */
export function hostSince(before: readonly number[]): Host {
  return {
    kernel: release(),
    node: process.version,
    processors: availableParallelism(),
    load: { before, after: loadavg() },
  };
}
