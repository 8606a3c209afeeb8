import { describe, expect, test } from 'vitest';
import { compareReports, isSame } from '../../../../mgmt/reports/compare.ts';
import { bootReport } from '../../../helpers/boot-report.ts';

const steps = (took: Readonly<Record<string, number>>) => ({
  ...bootReport,
  steps: Object.entries(took).map(([step, each]) => ({ step, took: each })),
});

describe('two boots', () => {
  test('that did the same are the same, whatever time they took', () => {
    const slow = { ...bootReport, took: 9000, bootId: 'another', memoryUsed: 1 };
    const comparison = compareReports(bootReport, slow);
    expect(isSame(comparison)).toBe(true);
    expect(comparison.took).toEqual({ before: 900, after: 9000 });
  });

  test('differ in steps that are new and gone, and in those that take much longer', () => {
    const before = steps({ kept: 100, slower: 10, faster: 50, little: 1, gone: 5 });
    const after = steps({ kept: 120, slower: 90, faster: 20, little: 4, added: 5 });
    expect(compareReports(before, after)).toMatchObject({
      added: ['added'],
      gone: ['gone'],
      times: [
        { what: 'slower', before: 10, after: 90 },
        { what: 'faster', before: 50, after: 20 },
      ],
    });
  });

  test('differ in how they ended, what they booted, and what they warned of', () => {
    const after = {
      ...bootReport,
      outcome: 'error' as const,
      image: 'login',
      entries: { tmpfs: 2, ro: 1 },
      warnings: ['the optional tree is missing'],
      error: { code: 'ERR_STATELITE_STEP', message: 'no space' },
    };
    const comparison = compareReports({ ...bootReport, warnings: ['slow'] }, after);
    expect(isSame(comparison)).toBe(false);
    expect(comparison).toMatchObject({
      facts: [
        { what: 'outcome', before: 'ok', after: 'error' },
        { what: 'image', before: 'compute', after: 'login' },
        { what: 'error', before: undefined, after: 'ERR_STATELITE_STEP: no space' },
      ],
      entries: [
        { what: 'tmpfs', before: 1, after: 2 },
        { what: 'ro', before: undefined, after: 1 },
      ],
      warnings: { added: ['the optional tree is missing'], gone: ['slow'] },
    });
  });

  test('have each phase of either side by side', () => {
    const after = { ...bootReport, phases: [{ name: 'query', start: 0, took: 7 }] };
    expect(compareReports(bootReport, after).phases).toEqual([
      { what: 'query', before: undefined, after: 7 },
      { what: 'network', before: 200, after: undefined },
    ]);
  });
});
