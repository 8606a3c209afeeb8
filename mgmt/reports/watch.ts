import { parseStatusTime } from '../../agent/protocol/status.ts';
import { plain } from '../core/plain.ts';
import type { StoredReport } from './read.ts';

/** Where a node is in its life, as one row of `statelite watch`. */
export interface NodeLife {
  readonly node: string;
  /** nodelist.status; '' if it never said anything. */
  readonly status: string;
  /** Seconds it has had this status. */
  readonly since: number | undefined;
  /** The last phase of its boot report, with the code of the error that ended it. */
  readonly phase: string;
  /** Seconds its agent took. */
  readonly seconds: number | undefined;
  readonly warnings: number | undefined;
}

/** What nodelist says of a node. */
export interface StatusRow {
  readonly node: string;
  readonly status: string | null;
  readonly statustime: string | null;
}

/** With these a boot begins, or ends: a report from before is of another one. */
const withoutReport = new Set(['netbooting', 'powering-on', 'powering-off', 'booting']);

/** Joins the status of a node with its newest report, unless that is of an earlier boot. */
export function lifeOf(row: StatusRow, newest: StoredReport | undefined, now: Date): NodeLife {
  const { node, status, statustime } = row;
  const time = statustime === null ? undefined : parseStatusTime(statustime);
  const isEarlier =
    newest !== undefined &&
    time !== undefined &&
    withoutReport.has(status ?? '') &&
    // nodelist.statustime has whole seconds.
    new Date(newest.time).getTime() + 1000 <= time.getTime();
  const report = isEarlier ? undefined : newest?.report;
  const last = report?.phases.at(-1)?.name ?? '';
  return {
    node,
    status: status ?? '',
    since: time && Math.max(0, Math.floor((now.getTime() - time.getTime()) / 1000)),
    phase: report?.error === undefined ? last : `${last} ${report.error.code}`.trim(),
    seconds: report && Math.round(report.took / 100) / 10,
    warnings: report?.warnings.length,
  };
}

/** Whether something happened to a node: that time goes by is nothing. */
export function isChanged(before: NodeLife | undefined, after: NodeLife): boolean {
  if (before === undefined) return true;
  const began = (life: NodeLife) => life.since !== undefined;
  return (
    before.status !== after.status ||
    before.phase !== after.phase ||
    before.seconds !== after.seconds ||
    before.warnings !== after.warnings ||
    began(before) !== began(after) ||
    (after.since ?? 0) < (before.since ?? 0)
  );
}

const header = ['NODE', 'STATUS', 'SINCE', 'PHASE', 'SECONDS', 'WARNINGS'];

/** The rows below their titles, in columns that are as wide as they need to be. */
export function lifeTable(lives: readonly NodeLife[]): string[] {
  const rows = [header, ...lives.map(cellsOf)];
  const widths = header.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A row by itself, for a log: `cn01: netbooting, 3 s, stores, 1.2 s, 0 warnings`. */
export function lifeLine(life: NodeLife): string {
  const [node, status, since, phase, seconds, warnings] = cellsOf(life);
  const said = [status, since, phase, seconds === '-' ? '-' : `${seconds} s`];
  const more = warnings === '-' ? [] : [`${warnings} warnings`];
  return `${node}: ${[...said, ...more].filter((word) => word !== '-').join(', ')}`;
}

/**
 * The table for a terminal of so many rows: first those that are not booted yet, below how many there
 * are of each status.
 */
export function lifeScreen(
  lives: readonly NodeLife[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
): string[] {
  const counts = Map.groupBy(lives, ({ status }) => status || 'unknown');
  const summary = [...counts].map(([status, same]) => `${plain(status)} ${same.length}`).join(', ');
  const room = Math.max(1, rows - 3); // titles, summary, and the line the cursor is on
  const isDone = ({ status }: NodeLife) => status === 'booted';
  const urgent =
    lives.length <= room ? lives : lives.toSorted((a, b) => Number(isDone(a)) - Number(isDone(b)));
  const hidden = lives.length - Math.min(room, lives.length);
  const more = hidden === 0 ? '' : `; ${hidden} not shown`;
  return [...lifeTable(urgent.slice(0, room)), `${lives.length} nodes: ${summary}${more}`].map(
    (line) => line.slice(0, columns - 1),
  );
}

/** Ages are for people: 59 s, 12 m, 3 h, 5 d. */
export function ageOf(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function cellsOf({ node, status, since, phase, seconds, warnings }: NodeLife): string[] {
  return [
    plain(node),
    plain(status) || '-',
    since === undefined ? '-' : ageOf(since),
    plain(phase) || '-',
    seconds === undefined ? '-' : seconds.toFixed(1),
    warnings === undefined ? '-' : String(warnings),
  ];
}
