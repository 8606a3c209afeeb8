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
  /** The last phase of its boot report, with the code of the error that ended it; or which script did. */
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
  readonly appstatus?: string | null;
  readonly appstatustime?: string | null;
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
  const last = brokenScript(row, time) ?? report?.phases.at(-1)?.name ?? '';
  return {
    node,
    status: status ?? '',
    since: time && Math.max(0, Math.floor((now.getTime() - time.getTime()) / 1000)),
    phase: report?.error === undefined ? last : `${last} ${report.error.code}`.trim(),
    seconds: report && Math.round(report.took / 100) / 10,
    warnings: report?.warnings.length,
  };
}

/** A node tells which script failed right before it tells that it has. */
function brokenScript(row: StatusRow, time: Date | undefined): string | undefined {
  const script = /(?:^|,)postscripts=failed:(?<script>[^,]+)/u.exec(row.appstatus ?? '')?.groups;
  const told = parseStatusTime(row.appstatustime ?? '');
  if (row.status !== 'failed' || script === undefined || !time || !told) return undefined;
  const apart = Math.abs(time.getTime() - told.getTime());
  return apart <= 5000 ? `postscripts ${script['script']}` : undefined;
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

/** What an operator looks for comes first; a status that is not listed is one of a node at work. */
const urgency = ['failed', 'noping', '', 'unknown'];

/**
 * The table for a terminal of so many rows. If it does not fit, those come first that failed or said
 * nothing, then those that have been at something for longest; below how many there are of each status.
 */
export function lifeScreen(
  lives: readonly NodeLife[],
  size: { readonly rows: number; readonly columns: number },
): string[] {
  // A serial console says that it has none of either.
  const rows = size.rows > 0 ? size.rows : 24;
  const columns = size.columns > 0 ? size.columns : 80;
  const room = Math.max(1, rows - 3); // titles, summary, and the line the cursor is on
  const isFitting = lives.length <= room;
  const shown = isFitting ? lives : lives.toSorted(byUrgency).slice(0, room);
  const count = isFitting ? '' : `; ${shown.length} shown`;
  return [...lifeTable(shown), `${summaryOf(lives)}${count}`].map((line) =>
    line.slice(0, columns - 1),
  );
}

/** `7 of 9 nodes booted: failed 1, netbooting 1`. */
function summaryOf(lives: readonly NodeLife[]): string {
  const { booted = [], ...others } = Object.groupBy(lives, ({ status }) => status);
  const counts = Object.entries(others)
    .toSorted(([a], [b]) => rankOf(a) - rankOf(b))
    .map(([status, same = []]) => `${plain(status) || 'silent'} ${same.length}`);
  const total = `${lives.length} ${lives.length === 1 ? 'node' : 'nodes'}`;
  return [`${booted.length} of ${total} booted`, counts.join(', ')].filter(Boolean).join(': ');
}

function byUrgency(a: NodeLife, b: NodeLife): number {
  return rankOf(a.status) - rankOf(b.status) || (b.since ?? 0) - (a.since ?? 0);
}

function rankOf(status: string): number {
  if (status === 'booted') return urgency.length + 1;
  const rank = urgency.indexOf(status);
  return rank < 0 ? urgency.length : rank;
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
