import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BootReport } from '../../../../agent/protocol/report.ts';
import { decodeReport } from '../../../../mgmt/daemon/decode-report.ts';
import { hostileNames } from '../../../helpers/hostile.ts';

const anyText = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: 'grapheme' }));
const anyTime = fc.double({ min: 0, max: 1e9, noNaN: true }).map((time) => time + 0);
const few = { maxLength: 3 };

const anyReport: fc.Arbitrary<BootReport> = fc.record({
  version: fc.constant(1 as const),
  node: anyText,
  image: anyText,
  outcome: fc.constantFrom('ok' as const, 'degraded' as const, 'error' as const),
  bootId: anyText,
  kernel: anyText,
  agent: anyText,
  took: anyTime,
  uptime: anyTime,
  phases: fc.array(fc.record({ name: anyText, start: anyTime, took: anyTime }), few),
  steps: fc.array(fc.record({ step: anyText, took: anyTime, why: anyText }), few),
  entries: fc.dictionary(fc.constantFrom('tmpfs', 'link,ro', 'con'), fc.nat()),
  warnings: fc.array(anyText, few),
  spawned: fc.array(anyText, few),
  memoryUsed: fc.nat(),
});

test('a boot report is read as it was sent, whatever names it holds', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      expect(decodeReport(JSON.parse(JSON.stringify(report)))).toEqual({
        ...report,
        entries: { ...report.entries },
      });
    }),
  );
});

test('a report with one field missing or of another type is refused by the name of the field', () => {
  const anyField = anyReport.chain((report) =>
    fc.constantFrom(...Object.keys(report)).map((field) => ({ report, field })),
  );
  fc.assert(
    fc.property(anyField, fc.constantFrom(undefined, null, true), ({ report, field }, wrong) => {
      expect(() => decodeReport({ ...report, [field]: wrong })).toThrow(
        expect.objectContaining({ name: 'HttpError', message: expect.stringContaining(field) }),
      );
    }),
  );
});
