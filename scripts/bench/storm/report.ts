import { rounded } from '../figures.ts';
import type { Host } from '../host.ts';
import type { Goal } from '../link/report.ts';
import type { Spent } from './daemon.ts';
import type { Level, Powered, Seen } from './job.ts';
import { answerRows } from './site.ts';

interface Figures {
  readonly seconds: number;
  readonly perSecond: number;
  /** Milliseconds; null if nothing was answered. */
  readonly p50: number | null;
  readonly p99: number | null;
  /** What went wrong, and how often. */
  readonly errors: Readonly<Record<string, number>>;
  /** CPU time by answers, in milliseconds. */
  readonly cpuPerRequest: number | null;
  readonly clientCpuPerRequest: number | null;
  /** MB of memory, in 10^6 bytes. */
  readonly peak: number;
}

export type LevelFigures = Level & Figures;

/** A request is a node here: its answer, two statuses and a report. */
export type PowerOnFigures = Powered &
  Figures & { readonly served: number; readonly retries: number };

export interface StormReport {
  readonly bench: 'storm';
  readonly host: Host;
  readonly nodes: number;
  readonly rows: number;
  readonly levels: readonly LevelFigures[];
  readonly powerOn: PowerOnFigures;
  readonly goals: readonly Goal[];
}

export interface Measured {
  readonly result: Seen;
  readonly spent: Spent;
}

/** Figures are cut to what a measurement can tell. */
export function levelOf(level: Level, measured: Measured): LevelFigures {
  return { ...level, ...figuresOf(measured) };
}

export function powerOnOf(powered: Powered, measured: Measured): PowerOnFigures {
  const { times, retries } = measured.result;
  return { ...powered, served: times.length, retries, ...figuresOf(measured) };
}

export function reportOf(
  nodes: number,
  levels: readonly LevelFigures[],
  powerOn: PowerOnFigures,
  host: Host,
): StormReport {
  const goals = goalsOf(levels, powerOn);
  return { bench: 'storm', host, nodes, rows: answerRows, levels, powerOn, goals };
}

function figuresOf({ result: { took, times, errors, cpu }, spent }: Measured): Figures {
  const sorted = times.toSorted((a, b) => a - b);
  const part = (share: number) => {
    const value = sorted[Math.ceil(share * sorted.length) - 1];
    return value === undefined ? null : rounded(value);
  };
  const each = (total: number) => (times.length === 0 ? null : rounded(total / times.length));
  return {
    seconds: rounded(took / 1000),
    perSecond: rounded((times.length * 1000) / took),
    p50: part(0.5),
    p99: part(0.99),
    errors,
    cpuPerRequest: each(spent.cpu),
    clientCpuPerRequest: each(cpu),
    peak: rounded(spent.peak / 1e6),
  };
}

/** The goals are for 200 clients; a shorter run is judged by its largest level below that. */
function goalsOf(levels: readonly LevelFigures[], powerOn: PowerOnFigures): Goal[] {
  const judged = (kind: Level['kind']) =>
    levels.filter((level) => level.kind === kind && level.clients <= 200).at(-1);
  const every = [...levels, powerOn];
  // Nodes go on booting without a status or a report that is not taken in time.
  const errors = levels.flatMap((figures) => Object.values(figures.errors));
  const fresh = judged('new');
  return [
    least(`new connections a second with ${fresh?.clients} clients`, fresh?.perSecond, 500),
    most(`99 % of new connections with ${fresh?.clients} clients, in ms`, fresh?.p99, 1000),
    least('answers a second on kept connections', judged('kept')?.perSecond, 5000),
    most('memory in MB', Math.max(...every.map(({ peak }) => peak)), 300),
    most('errors of the levels', sum(errors), 0),
    least('nodes that were served after power-on', powerOn.served, powerOn.nodes),
  ];
}

function least(goal: string, value: number | null | undefined, bound: number): Goal {
  return { goal: `${goal} at least ${bound}:`, value: value ?? null, met: (value ?? 0) >= bound };
}

function most(goal: string, value: number | null | undefined, bound: number): Goal {
  return {
    goal: `${goal} at most ${bound}:`,
    value: value ?? null,
    met: (value ?? Infinity) <= bound,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
