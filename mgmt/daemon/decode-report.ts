import type { BootReport } from '../../agent/protocol/report.ts';
import { badRequest } from './http-error.ts';

const outcomes: readonly unknown[] = ['ok', 'degraded', 'error'];
const texts = ['node', 'image', 'bootId', 'kernel', 'agent'] as const;
const numbers = ['took', 'uptime', 'memoryUsed'] as const;
const lists = ['phases', 'steps', 'warnings', 'spawned'] as const;

/** Checks a parsed report field by field; 400 names the first that is wrong. */
export function decodeReport(value: unknown): BootReport {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('the report is not an object');
  }
  if (isReport(value)) return value;
  throw badRequest(`the report's ${wrongFields(value)[0]} is missing or wrong`);
}

function isReport(value: object): value is BootReport {
  return wrongFields(value).length === 0;
}

function wrongFields(report: { readonly [K in keyof BootReport]?: unknown }): string[] {
  return [
    ...(report.version === 1 ? [] : ['version']),
    ...(outcomes.includes(report.outcome) ? [] : ['outcome']),
    ...texts.filter((key) => typeof report[key] !== 'string'),
    ...numbers.filter((key) => typeof report[key] !== 'number'),
    ...lists.filter((key) => !Array.isArray(report[key])),
    ...(typeof report.entries === 'object' && report.entries !== null ? [] : ['entries']),
  ];
}
