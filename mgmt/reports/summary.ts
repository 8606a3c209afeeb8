import type { Outcome } from '../../agent/protocol/report.ts';
import type { Schema } from '../core/schema.ts';
import { nodeNamePattern, reportIdPattern } from './place.ts';
import type { StoredReport } from './read.ts';

/** One report in a list. */
export interface ReportSummary {
  readonly node: string;
  readonly id: string;
  readonly time: string;
  readonly outcome: Outcome;
  /** Of the agent, from its first line to the report. */
  readonly seconds: number;
  readonly steps: number;
  readonly warnings: number;
  readonly image: string;
  /** Code and message of a boot that failed. */
  readonly error?: string;
}

const properties = {
  node: { type: 'string', pattern: nodeNamePattern },
  id: { type: 'string', pattern: reportIdPattern },
  time: { type: 'string', description: 'When it came, ISO 8601 in UTC' },
  outcome: { type: 'string', enum: ['ok', 'degraded', 'error'] },
  seconds: { type: 'number', description: "From the agent's first line to the report" },
  steps: { type: 'integer', minimum: 0 },
  warnings: { type: 'integer', minimum: 0 },
  image: { type: 'string' },
  error: { type: 'string', description: 'Code and message of a boot that failed' },
} satisfies Record<keyof ReportSummary, Schema>;

export const summarySchema: Schema = {
  title: 'ReportSummary',
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => key !== 'error'),
};

export function summaryOf({ node, id, time, report }: StoredReport): ReportSummary {
  const { outcome, took, steps, warnings, image, error } = report;
  return {
    node,
    id,
    time,
    outcome,
    seconds: Math.round(took) / 1000,
    steps: steps.length,
    warnings: warnings.length,
    image,
    ...(error !== undefined && { error: `${error.code}: ${error.message}` }),
  };
}
