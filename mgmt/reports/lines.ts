import type { BootReport } from '../../agent/protocol/report.ts';
import { plain } from '../core/plain.ts';
import { type Change, type Comparison, isSame } from './compare.ts';
import type { StoredReport } from './read.ts';
import type { ReportSummary } from './summary.ts';

const longest = 10;
const headers = ['node', 'when', 'outcome', 'seconds', 'steps', 'warnings', 'image'] as const;

/** Reports as a table; `widths` of an earlier call keep its columns where they are. */
export function tableLines(summaries: readonly ReportSummary[]): string[] {
  const rows = [headers, ...summaries.map(cellsOf)];
  const widths = headers.map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? '').length)),
  );
  return rows.map((cells) => rowLine(cells, widths));
}

/** One row of a table that is not known to its end, and its header. */
export const followed = {
  widths: [12, 19, 8, 7, 5, 8, 0],
  header: () => rowLine(headers, followed.widths),
  row: (summary: ReportSummary) => rowLine(cellsOf(summary), followed.widths),
} as const;

function rowLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return numeric.has(column) ? cell.padStart(width) : cell.padEnd(width);
    })
    .join('  ')
    .trimEnd();
}

/** Seconds, steps, warnings. */
const numeric: ReadonlySet<number> = new Set([3, 4, 5]);

function cellsOf({ node, time, outcome, seconds, steps, warnings, image }: ReportSummary) {
  const numbers = [seconds.toFixed(3), String(steps), String(warnings)];
  return [node, localTime(time), outcome, ...numbers, plain(image)].map(plain);
}

/** One boot: how it ended, its phases, what took longest, warnings. */
export function reportLines({ node, time, report }: StoredReport): string[] {
  const { outcome, image, kernel, agent, took, uptime, memoryUsed } = report;
  return [
    `${node}: ${outcome}, ${localTime(time)}, osimage ${plain(image)}`,
    labelled('error', errorOf(report)),
    labelled('time', [
      `${inSeconds(took)} s from the agent's first line, which came ${uptime.toFixed(1)} s after the kernel's`,
    ]),
    labelled(
      'phases',
      report.phases.map(({ name, took: phase }) => timed(phase, name)),
    ),
    labelled(
      'longest',
      report.steps
        .toSorted((a, b) => b.took - a.took)
        .slice(0, longest)
        .map(({ step, took: one }) => timed(one, step)),
    ),
    labelled('failed', report.steps.flatMap(failedStep)),
    labelled('warnings', report.warnings),
    labelled('entries', [entriesOf(report)]),
    labelled('started', report.spawned),
    labelled('memory', [`${Math.round(memoryUsed / 2 ** 20)} MiB used`]),
    labelled('versions', [`kernel ${kernel}, agent ${agent}`]),
  ].flat();
}

/** What differs between a boot and the one before. */
export function comparisonLines(
  before: StoredReport,
  after: StoredReport,
  comparison: Comparison,
): string[] {
  const { facts, took, phases, added, gone, times, entries, warnings } = comparison;
  return [
    `${after.node}: ${localTime(after.time)} compared with ${localTime(before.time)}`,
    labelled('same', isSame(comparison) ? ['steps, entries, warnings and outcome'] : []),
    labelled('changed', facts.map(factLine)),
    labelled('time', [`${inSeconds(took.before)} s -> ${inSeconds(took.after)} s`]),
    labelled('phases', phases.map(timeLine)),
    labelled('new', added),
    labelled('gone', gone),
    labelled('times', times.slice(0, longest).map(timeLine)),
    labelled('entries', entries.map(countLine)),
    labelled('warned', warnings.added),
    labelled('no longer', warnings.gone),
  ].flat();
}

function errorOf({ error }: BootReport): string[] {
  if (error === undefined) return [];
  const hint = error.hint === undefined ? [] : [`hint: ${error.hint}`];
  return [`${error.code}: ${error.message}`, ...hint];
}

function failedStep({ step, error }: BootReport['steps'][number]): string[] {
  return error === undefined ? [] : [`${step}: ${error}`];
}

function entriesOf({ entries }: BootReport): string {
  const counts = Object.entries(entries).map(([option, count]) => `${count} ${option}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

function factLine({ what, before, after }: Change<string>): string {
  return `${what}: ${before ?? 'none'} -> ${after ?? 'none'}`;
}

function countLine({ what, before = 0, after = 0 }: Change<number>): string {
  return `${what}: ${before} -> ${after}`;
}

function timeLine({ what, before, after }: Change<number>): string {
  const [from, to] = [before, after].map((time) => (time === undefined ? '' : inSeconds(time)));
  return `${(from ?? '').padStart(8)} -> ${(to ?? '').padStart(8)} s  ${what}`;
}

function timed(milliseconds: number, what: string): string {
  return `${inSeconds(milliseconds).padStart(8)} s  ${what}`;
}

function inSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Whatever a node said stays on its line. */
function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(9)} ${plain(line)}`);
}

/** `2026-11-22 08:01:07` where the command runs. */
function localTime(time: string): string {
  const date = new Date(time);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
