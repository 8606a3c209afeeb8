import { once } from 'node:events';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { plainJson } from '../core/plain.ts';
import { compareReports } from '../reports/compare.ts';
import { followReports } from '../reports/follow.ts';
import { comparisonLines, followed, reportLines, tableLines } from '../reports/lines.ts';
import { newestOf, type ReportReader, reportReader, type StoredReport } from '../reports/read.ts';
import { summaryOf } from '../reports/summary.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { withJson } from './json.ts';

export const report = (context: Context) =>
  command({
    command: 'report [node]',
    describe: 'How nodes booted: what they reported last, one boot in full, or what has changed',
    options: (yargs) =>
      withJson(yargs)
        .positional('node', { type: 'string', describe: 'One node, in full; without one, all' })
        .option('last', {
          type: 'number',
          requiresArg: true,
          describe: 'The last so many boots, as a table; default 1 of every node',
        })
        .option('compare', {
          type: 'boolean',
          default: false,
          describe: 'What differs between the last boot of the node and the one before',
        })
        .option('follow', {
          type: 'boolean',
          default: false,
          describe: 'Print reports as they come, until Ctrl-C',
        })
        .check(({ node, last, compare, follow }) => {
          if (last !== undefined && !(Number.isInteger(last) && last > 0)) {
            throw new Error('--last takes a number');
          }
          if (compare && node === undefined) throw new Error('--compare takes a node');
          if ([last !== undefined, compare, follow].filter(Boolean).length > 1) {
            throw new Error('--last, --compare and --follow exclude each other');
          }
          return true;
        }),
    run: async ({ node, last, compare, follow, json }) => {
      const reader = reportReader(join(context.settings.state, 'reports'));
      if (follow) await followNodes(context, reader, node, json);
      else if (node === undefined) await listNodes(context, reader, last ?? 1, json);
      else if (compare) await compareLast(context, reader, node, json);
      else if (last === undefined) await showLast(context, reader, node, json);
      else print(context, await some(reader, node, last), json);
    },
  });

async function listNodes(context: Context, reader: ReportReader, count: number, json: boolean) {
  const all: StoredReport[] = [];
  for (const node of await reader.nodes()) {
    try {
      all.push(...(await newestOf(reader, node, count)));
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_NOT_FOUND')) throw error;
      context.log.warn(error.message);
    }
  }
  if (all.length === 0) context.log.warn('no node has reported a boot yet');
  print(context, all, json);
}

function print(context: Context, reports: readonly StoredReport[], json: boolean): void {
  const summaries = reports.map(summaryOf);
  if (json) context.print(plainJson(summaries, 2));
  else if (summaries.length > 0) tableLines(summaries).forEach(context.print);
}

async function showLast(context: Context, reader: ReportReader, node: string, json: boolean) {
  const [stored] = await some(reader, node, 1);
  if (json) context.print(plainJson(stored, 2));
  else if (stored !== undefined) reportLines(stored).forEach(context.print);
}

async function compareLast(context: Context, reader: ReportReader, node: string, json: boolean) {
  const [after, before] = await some(reader, node, 2);
  if (after === undefined || before === undefined) {
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `${node} has reported one boot only`, {
      hint: 'boot it again; the last 20 reports of a node are kept',
    });
  }
  const comparison = compareReports(before.report, after.report);
  const ids = { node, before: before.id, after: after.id };
  if (json) context.print(plainJson({ ...ids, ...comparison }, 2));
  else comparisonLines(before, after, comparison).forEach(context.print);
}

async function some(reader: ReportReader, node: string, count: number): Promise<StoredReport[]> {
  const reports = await newestOf(reader, node, count);
  if (reports.length > 0) return reports;
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `${node} has reported no boot`, {
    hint: 'report without a node lists those that have; nodels lists the nodes',
  });
}

/** With --json one object a line, so that a program can read them as they come. */
async function followNodes(
  { print: out, log }: Context,
  reader: ReportReader,
  node: string | undefined,
  json: boolean,
): Promise<void> {
  const stop = new AbortController();
  void Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => stop.abort());
  const reports = followReports(reader, stop.signal, {
    node,
    ready: () => {
      if (!json) out(followed.header());
    },
    damaged: log.warn,
  });
  for await (const stored of reports) {
    const summary = summaryOf(stored);
    out(json ? plainJson(summary) : followed.row(summary));
  }
}
