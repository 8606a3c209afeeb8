import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../../agent/errors.ts';
import { plainJson } from '../core/plain.ts';
import { readCluster } from '../db/read-cluster.ts';
import { tables } from '../db/tables.ts';
import { followReports } from '../reports/follow.ts';
import { newestOf, type ReportReader, reportReader, type StoredReport } from '../reports/read.ts';
import {
  isChanged,
  lifeLine,
  lifeOf,
  lifeScreen,
  lifeTable,
  type NodeLife,
} from '../reports/watch.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';
import { printLines } from './print-lines.ts';

/** Milliseconds from one look at the tables to the next. */
const every = 1000;

export const watch = (context: Context) =>
  command({
    command: 'watch [noderange]',
    describe: 'Watch nodes boot: status, phase, seconds and warnings, as they change',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', {
          type: 'string',
          describe: 'Nodes and groups; without them, all nodes',
        })
        .option('once', { type: 'boolean', default: false, describe: 'Print the table and end' }),
    run: async ({ noderange, once: isOnce, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const nodes =
        noderange === undefined ? [...cluster.nodes] : nodesOf(context, cluster, noderange);
      const reader = reportReader(join(context.settings.state, 'reports'));
      const reports = await newestReports(context, reader, nodes);
      const look = async () => livesOf(context, nodes, reports);
      const print = printer(context, json);
      if (isOnce) {
        const lives = await look();
        if (json) for (const life of lives) context.print(plainJson(life));
        else printLines(context, lifeTable(lives));
        return;
      }
      const stop = new AbortController();
      void Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() =>
        stop.abort(),
      );
      const following = keepNewest(context, reader, reports, stop.signal);
      try {
        while (!stop.signal.aborted) {
          print(await look());
          await pause(stop.signal);
        }
      } finally {
        stop.abort();
        await following;
      }
    },
  });

/** On a terminal the table is drawn over the last one; elsewhere a line tells what changed. */
function printer(context: Context, json: boolean): (lives: readonly NodeLife[]) => void {
  const { stdout } = process;
  const before = new Map<string, NodeLife>();
  let drawn = 0;
  return (lives) => {
    if (stdout.isTTY && !json) {
      const lines = lifeScreen(lives, { rows: stdout.rows, columns: stdout.columns });
      const up = drawn === 0 ? '' : `\u001B[${drawn}A`;
      stdout.write(`${up}\r${lines.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J`);
      drawn = lines.length;
      return;
    }
    const changed = lives.filter((life) => isChanged(before.get(life.node), life));
    for (const life of changed) before.set(life.node, life);
    printLines(
      context,
      changed.map((life) => (json ? plainJson(life) : lifeLine(life))),
    );
  };
}

async function livesOf(
  context: Context,
  nodes: readonly string[],
  reports: ReadonlyMap<string, StoredReport>,
): Promise<NodeLife[]> {
  const rows = await context.store().select(tables.nodelist);
  const byNode = new Map(rows.map((row) => [row.node, row]));
  const now = new Date();
  return nodes.map((node) => {
    const row = byNode.get(node) ?? { node, status: 'removed', statustime: null };
    return lifeOf(row, reports.get(node), now);
  });
}

async function newestReports(
  { log }: Context,
  reader: ReportReader,
  nodes: readonly string[],
): Promise<Map<string, StoredReport>> {
  const wanted = new Set(nodes);
  const newest = new Map<string, StoredReport>();
  for (const node of (await reader.nodes()).filter((each) => wanted.has(each))) {
    try {
      const [report] = await newestOf(reader, node, 1);
      if (report !== undefined) newest.set(node, report);
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_NOT_FOUND')) throw error;
      log.warn(error.message);
    }
  }
  return newest;
}

async function keepNewest(
  { log }: Context,
  reader: ReportReader,
  newest: Map<string, StoredReport>,
  signal: AbortSignal,
): Promise<void> {
  const reports = followReports(reader, signal, { ready: () => {}, damaged: log.warn });
  for await (const report of reports) newest.set(report.node, report);
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(every, undefined, { signal });
  } catch (error) {
    if (!hasCode(error, 'ABORT_ERR')) throw error;
  }
}
