import type { BootReport } from '../../agent/protocol/report.ts';
import { takeReport } from '../reports/report-schema.ts';
import { badRequest } from './http-error.ts';

/** Checks a parsed report field by field; 400 names the first that is wrong. */
export function decodeReport(value: unknown): BootReport {
  const taken = takeReport(value);
  if ('wrong' in taken) throw badRequest(taken.wrong);
  return taken.report;
}
