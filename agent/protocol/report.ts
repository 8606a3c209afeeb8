/** How a boot ended (semantics.md 5.6). */
export type Outcome = 'ok' | 'degraded' | 'error';

/** One phase of the boot sequence; times in milliseconds since the agent's first line. */
export interface PhaseTime {
  readonly name: string;
  readonly start: number;
  readonly took: number;
  /** What it brought over the network, if that is known. */
  readonly bytes?: number;
}

/** One performed step, in order, with the decision behind it (semantics.md 5.8). */
export interface StepReport {
  readonly step: string;
  readonly took: number;
  readonly why?: string;
  readonly error?: string;
}

/** What a node reports after its entries are in place, or when it gives up. */
export interface BootReport {
  readonly version: 1;
  readonly node: string;
  readonly image: string;
  /** Which generation of the image it runs; not there for an image without generations. */
  readonly generation?: number;
  readonly outcome: Outcome;
  readonly bootId: string;
  readonly kernel: string;
  readonly agent: string;
  /** Milliseconds from the agent's first line to the report. */
  readonly took: number;
  /** Seconds since the kernel started, when the agent's first line ran. */
  readonly uptime: number;
  readonly phases: readonly PhaseTime[];
  readonly steps: readonly StepReport[];
  /** How many entries each option has, e.g. `{ tmpfs: 40, persistent: 2 }`. */
  readonly entries: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  /** Every program the agent started, argv joined by blanks. */
  readonly spawned: readonly string[];
  /** Bytes of memory in use on the node at the end (MemTotal - MemAvailable). */
  readonly memoryUsed: number;
}
