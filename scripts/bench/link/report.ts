import { ratio, rounded } from '../figures.ts';
import type { Host } from '../host.ts';
import type { Measured, Measures } from './run.ts';

export interface Comparison {
  readonly wall: number | null;
  readonly cpu: number | null;
  readonly systemCalls: number | null;
  /** Null if there are none to compare with. */
  readonly processes: number | null;
}

export interface LinkReport {
  readonly bench: 'link';
  readonly host: Host;
  readonly tables: readonly (Measured & {
    /** The scripts' figures by ours. */
    readonly baselineByOurs: Comparison | null;
    readonly actionsByOurs: Comparison;
  })[];
  /** From each table to the next larger one. */
  readonly growth: readonly {
    readonly from: number;
    readonly to: number;
    readonly ours: Comparison;
    readonly actions: Comparison;
  }[];
  readonly goals: readonly Goal[];
}

export interface Goal {
  readonly goal: string;
  readonly value: number | null;
  readonly met: boolean;
}

/** Works out the ratios; figures are cut to what a measurement can tell. */
export function reportOf(measured: readonly Measured[], host: Host): LinkReport {
  const tables = measured
    .toSorted((a, b) => a.rows - b.rows)
    .map((table) => ({
      ...table,
      ours: roundedOff(table.ours),
      baseline: table.baseline === null ? null : roundedOff(table.baseline),
      actions: roundedOff(table.actions),
      baselineByOurs: table.baseline === null ? null : compare(table.baseline, table.ours),
      actionsByOurs: compare(table.actions, table.ours),
    }));
  const growth = tables.slice(1).flatMap((to, index) => {
    const from = tables[index];
    if (from === undefined) return [];
    return [
      {
        from: from.rows,
        to: to.rows,
        ours: compare(to.ours, from.ours),
        actions: compare(to.actions, from.actions),
      },
    ];
  });
  return { bench: 'link', host, tables, growth, goals: goalsOf(tables, growth) };
}

/** The goals that these tables can tell something of. */
function goalsOf(tables: LinkReport['tables'], growth: LinkReport['growth']): Goal[] {
  const processes = Math.max(...tables.map(({ ours }) => ours.processes));
  const sample = tables.find(({ rows }) => rows === 42)?.baselineByOurs?.wall ?? null;
  const tenfold = growth.find(({ from, to }) => from === 400 && to === 4000)?.ours.wall ?? null;
  const goals = [
    { goal: 'no process is started', value: processes, met: processes === 0 },
    {
      goal: '42 rows: at least 20 times as fast as the shell script',
      value: sample,
      met: sample !== null && sample >= 20,
    },
    {
      goal: '4000 rows take at most 12 times the time of 400',
      value: tenfold,
      met: tenfold !== null && tenfold <= 12,
    },
  ];
  return goals.filter(({ value }) => value !== null);
}

function compare(value: Measures, base: Measures): Comparison {
  return {
    wall: ratio(value.wallMs, base.wallMs),
    cpu: ratio(value.cpuMs, base.cpuMs),
    systemCalls: ratio(value.systemCalls, base.systemCalls),
    processes: ratio(value.processes, base.processes),
  };
}

function roundedOff(measures: Measures): Measures {
  return {
    ...measures,
    startMs: rounded(measures.startMs),
    wallMs: rounded(measures.wallMs),
    cpuMs: rounded(measures.cpuMs),
  };
}
