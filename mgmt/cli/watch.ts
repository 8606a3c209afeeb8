import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { plain, plainJson } from '../core/plain.ts';
import { readCluster } from '../db/read-cluster.ts';
import { openStore } from '../db/store.ts';
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
import { type LastingStore, lastingStore } from './lasting-store.ts';
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
      const { database } = context.settings;
      await using lasting = lastingStore(database, () => openStore(database));
      const cluster = await readCluster(lasting.store(), context.settings);
      const nodes =
        noderange === undefined ? [...cluster.nodes] : nodesOf(context, cluster, noderange);
      const reader = reportReader(join(context.settings.state, 'reports'));
      const reports = await newestReports(context, reader, nodes);
      const look = async () => livesOf(lasting, nodes, reports);
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
      const print = process.stdout.isTTY && !json ? screen(stop.signal) : changes(context, json);
      const warn = onceInARow(context.log.warn);
      try {
        while (!stop.signal.aborted) {
          await lookAndPrint(look, print, warn);
          await pause(stop.signal);
        }
      } finally {
        stop.abort();
        await following;
      }
    },
  });

/** What is shown of the nodes; `trouble` is why it is no longer of now. */
type Print = (lives: readonly NodeLife[] | undefined, trouble?: string) => void;

/** A database that is away for a while comes back; what was known stays until then. */
async function lookAndPrint(
  look: () => Promise<NodeLife[]>,
  print: Print,
  warn: (text: string | undefined) => void,
): Promise<void> {
  try {
    print(await look());
    warn(undefined);
  } catch (error) {
    if (!(error instanceof StateliteError) || error.code !== 'ERR_STATELITE_DATABASE') throw error;
    const why = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    print(undefined, `${error.message}${why}`);
    if (!process.stdout.isTTY) warn(`${error.message}${why}; looking again`);
  }
}

/** Draws the table over the last one; over all of the terminal if that has another size now. */
function screen(signal: AbortSignal): Print {
  const { stdout } = process;
  let drawn = 0;
  let known: readonly NodeLife[] = [];
  let why = '';
  const draw = (from: string) => {
    const { rows, columns } = stdout;
    const last = why === '' ? [] : [plain(why).slice(0, columns - 1)];
    const lines = [...lifeScreen(known, { rows: rows - last.length, columns }), ...last];
    stdout.write(`${from}\r${lines.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J`);
    drawn = lines.length;
  };
  const redraw = () => draw('\u001B[H\u001B[2J');
  stdout.on('resize', redraw);
  signal.addEventListener('abort', () => {
    stdout.off('resize', redraw);
    stdout.write('\r\u001B[K'); // the terminal's ^C
  });
  return (lives, trouble = '') => {
    known = lives ?? known;
    why = trouble;
    draw(drawn === 0 ? '' : `\u001B[${drawn}A`);
  };
}

/** A line for each node that changed. */
function changes(context: Context, json: boolean): Print {
  const before = new Map<string, NodeLife>();
  return (lives = []) => {
    const changed = lives.filter((life) => isChanged(before.get(life.node), life));
    for (const life of changed) before.set(life.node, life);
    printLines(
      context,
      changed.map((life) => (json ? plainJson(life) : lifeLine(life))),
    );
  };
}

/** Says a thing again only after it was not so. */
function onceInARow(say: (text: string) => void): (text: string | undefined) => void {
  let said: string | undefined;
  return (text) => {
    if (text !== undefined && text !== said) say(text);
    said = text;
  };
}

async function livesOf(
  { store }: Pick<LastingStore, 'store'>,
  nodes: readonly string[],
  reports: ReadonlyMap<string, StoredReport>,
): Promise<NodeLife[]> {
  const rows = await store().select(tables.nodelist);
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
