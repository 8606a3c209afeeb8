import type { LitefileRow } from '../../../agent/protocol/answer.ts';
import type { Calls } from '../strace.ts';
import type { Script } from './shell-script.ts';

/** What room.ts gets on its standard input, as JSON. */
export interface RoomGiven {
  /** An empty directory to mount a tmpfs on. */
  readonly directory: string;
  readonly rows: readonly number[];
  readonly runs: number;
  /** Of each script. */
  readonly scriptRuns: number;
}

/** One side's figures for one table: medians, in milliseconds, and counts of a traced run. */
export interface Measures extends Calls {
  readonly runs: number;
  /** From the start of the program to the start of its work: counted in neither of the next two. */
  readonly startMs: number;
  readonly wallMs: number;
  /** User and system time of the process, its threads and its children. */
  readonly cpuMs: number;
}

/** What room.ts answers for each table. */
export interface Measured {
  readonly rows: number;
  readonly entries: number;
  readonly steps: number;
  readonly ours: Measures;
  /** The whole script; null for a table that would keep it busy for minutes. */
  readonly baseline: Measures | null;
  /** Only the actions of the script, everything decided beforehand. */
  readonly actions: Measures;
}

/** What a measured process gets on its standard input, as JSON. */
export interface RunGiven {
  /** The directory of the workload. */
  readonly at: string;
  readonly rows: readonly LitefileRow[];
  /** Which script, if it is one. */
  readonly script?: Script;
  /** The file for a trace: then no time is to be taken seriously, and nobody looks at the end. */
  readonly trace?: string;
}

/** What it answers if it is not traced. */
export interface Run extends Pick<Measures, 'startMs' | 'wallMs' | 'cpuMs'> {
  /** What the node sees at each listed path, as one text each. */
  readonly seen: Readonly<Record<string, string>>;
}

export interface AgentRun extends Run {
  readonly entries: number;
  readonly steps: number;
}
