import { setTimeout } from 'node:timers/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import type { Schema } from '../core/schema.ts';
import type { Call, Result, Route } from './api-route.ts';
import { metricsType, renderMetrics } from './metrics-gauges.ts';
import { secondsLeft } from './server-state.ts';

const word = { type: 'string', enum: ['ok', 'failed'] } as const;

const database = {
  type: 'string',
  enum: ['ok', 'memory', 'failed'],
  description: 'memory: nodes are answered as the tables were when they could last be read',
} as const;

const healthSchema: Schema = {
  title: 'Health',
  type: 'object',
  properties: {
    status: word,
    checks: {
      type: 'object',
      properties: { database, certificate: word, listeners: word },
    },
  },
  required: ['status'],
};

const well = { description: 'All is well', schema: healthSchema } as const;
const ill = { description: 'Something is not; the log says what', schema: healthSchema } as const;

/** How long a database may take to answer, in milliseconds. */
const databasePatience = 2000;

/** What monitors ask. The health of the daemon is told to everybody, without reasons. */
export const healthRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/health/live',
    who: 'anybody',
    summary: 'Whether the process answers: start it anew if not',
    answers: { 200: well },
    handle: () => ({ json: { status: 'ok' } }),
  },
  {
    method: 'GET',
    path: '/v1/health/ready',
    who: 'anybody',
    summary: 'Whether nodes can boot: database, certificate and ports',
    answers: { 200: well, 503: ill },
    handle: ready,
  },
  {
    method: 'GET',
    path: '/v1/health',
    who: 'anybody',
    summary: 'Whether the daemon can read its tables',
    answers: { 200: well },
    handle: async ({ view }) => {
      await view();
      return { json: { status: 'ok' } };
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    who: 'monitor',
    command: 'metrics',
    summary: 'What the daemon counts; also on the HTTP port',
    answers: { 200: { description: 'The text format of Prometheus', text: metricsType } },
    handle: async ({ deps }) => ({ text: await renderMetrics(deps), type: metricsType }),
  },
];

async function ready(call: Call): Promise<Result> {
  const { state } = call;
  const checks = {
    database: await databaseWord(call),
    certificate: wordFor(secondsLeft(state.certificate(), new Date()) > 0),
    listeners: wordFor(state.listening()),
  };
  const isReady = Object.values(checks).every((check) => check !== 'failed');
  return { status: isReady ? 200 : 503, json: { status: wordFor(isReady), checks } };
}

/** `memory` while the daemon answers from what it last read: nodes can boot, as the tables were. */
async function databaseWord({ view, deps: { readTables, log } }: Call): Promise<DatabaseWord> {
  const why = await failureOf(readTables);
  if (why === undefined) return 'ok';
  log.debug(`the database cannot be read: ${why}`);
  return (await failureOf(view)) === undefined ? 'memory' : 'failed';
}

type DatabaseWord = 'ok' | 'memory' | 'failed';

/** Undefined if there is an answer in time. */
async function failureOf(read: () => Promise<unknown>): Promise<string | undefined> {
  const late = new AbortController();
  const patience = setTimeout(databasePatience, 'no answer in time', { signal: late.signal });
  try {
    return await Promise.race([read().then(() => undefined), patience]);
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return error.message;
  } finally {
    patience.catch(ended);
    late.abort();
  }
}

/** The timer that is no longer needed rejects. */
function ended(error: unknown): void {
  if (!hasCode(error, 'ABORT_ERR')) throw error;
}

function wordFor(isWell: boolean): 'ok' | 'failed' {
  return isWell ? 'ok' : 'failed';
}
