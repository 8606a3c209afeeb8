import type { Schema } from '../core/schema.ts';
import { nodeNamePattern, reportIdPattern } from '../reports/place.ts';
import { newestOf, type ReportReader } from '../reports/read.ts';
import { reportSchema } from '../reports/report-schema.ts';
import { type ReportSummary, summaryOf, summarySchema } from '../reports/summary.ts';
import { hasCode } from '../../agent/errors.ts';
import type { Call, Result, Route } from './api-route.ts';
import { badRequest } from './http-error.ts';

const node = { description: 'A node', pattern: nodeNamePattern } as const;
const id = { description: 'The id of a report, its UTC time', pattern: reportIdPattern } as const;
const list = { type: 'array', items: summarySchema } as const;

const storedSchema: Schema = {
  title: 'StoredReport',
  type: 'object',
  properties: {
    node: { type: 'string', description: 'Who sent it, by its address' },
    id: { type: 'string', pattern: reportIdPattern },
    time: { type: 'string', description: 'When it came, ISO 8601 in UTC' },
    report: reportSchema,
  },
  required: ['node', 'id', 'time', 'report'],
};

const administrator = { method: 'GET', who: 'administrator', command: 'report' } as const;

/** The boot reports that are kept, for administrators. */
export const reportRoutes: readonly Route[] = [
  {
    ...administrator,
    path: '/v1/reports',
    summary: 'The last boot report of every node that has sent one',
    answers: {
      200: {
        description: 'By node',
        schema: { type: 'object', properties: { reports: list }, required: ['reports'] },
      },
    },
    handle: lastOfAll,
  },
  {
    ...administrator,
    path: '/v1/reports/{node}',
    summary: 'The boot reports of a node, at most 20',
    parameters: { node },
    query: {
      last: { description: 'So many of them at most', pattern: String.raw`^[1-9]\d{0,3}$` },
    },
    answers: {
      200: {
        description: 'Newest first',
        schema: {
          type: 'object',
          properties: { node: { type: 'string' }, reports: list },
          required: ['node', 'reports'],
        },
      },
    },
    handle: ofNode,
  },
  {
    ...administrator,
    path: '/v1/reports/{node}/{id}',
    summary: 'One boot report in full',
    parameters: { node, id },
    answers: { 200: { description: 'As the node sent it', schema: storedSchema } },
    handle: one,
  },
];

async function lastOfAll({ deps: { reports, log } }: Call): Promise<Result> {
  const summaries: ReportSummary[] = [];
  for (const name of await reports.nodes()) {
    try {
      summaries.push(...(await summariesOf(reports, name, 1)));
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_NOT_FOUND')) throw error;
      log.warn(error.message, { node: name });
    }
  }
  return { json: { reports: summaries }, what: `last reports of ${summaries.length} nodes` };
}

async function ofNode({ parameters, query, deps }: Call): Promise<Result> {
  const { node: name = '' } = parameters;
  const summaries = await summariesOf(deps.reports, name, Number(query.get('last') ?? 20));
  if (summaries.length === 0) throw badRequest(`${name} has reported no boot`, 404);
  return { json: { node: name, reports: summaries }, what: `reports of ${name}` };
}

async function one({ parameters, deps }: Call): Promise<Result> {
  const { node: name = '', id: which = '' } = parameters;
  const stored = await deps.reports.read(name, which);
  if (stored === undefined) throw badRequest(`${name} has no report ${which}`, 404);
  return { json: stored, what: `report ${which} of ${name}` };
}

async function summariesOf(reports: ReportReader, name: string, count: number) {
  return (await newestOf(reports, name, count)).map(summaryOf);
}
