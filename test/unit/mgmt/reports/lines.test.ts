import { expect, test } from 'vitest';
import { compareReports } from '../../../../mgmt/reports/compare.ts';
import {
  comparisonLines,
  followed,
  reportLines,
  tableLines,
} from '../../../../mgmt/reports/lines.ts';
import type { StoredReport } from '../../../../mgmt/reports/read.ts';
import { summaryOf } from '../../../../mgmt/reports/summary.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import { hostileNames } from '../../../helpers/hostile.ts';

const id = '2026-11-22T01-02-03.004Z';
const stored: StoredReport = {
  node: 'n1',
  id,
  time: '2026-11-22T01:02:03.004Z',
  report: {
    ...bootReport,
    steps: [
      { step: 'mount tmpfs', took: 2 },
      { step: 'copy /etc', took: 120, error: 'no space' },
    ],
    warnings: ['a tree is missing'],
  },
};

test('a table has a row for each report under its header', () => {
  const longer = { ...stored, node: 'compute-0001', report: { ...bootReport, took: 12_345 } };
  const [header, first, second] = tableLines([summaryOf(stored), summaryOf(longer)]);
  expect(header).toMatch(/^node {10}when {17}outcome {2}seconds {2}steps {2}warnings {2}image$/u);
  expect(first).toMatch(/^n1 {12}[\d-]{10} [\d:]{8} {2}ok {9}0\.900 {6}2 {9}1 {2}compute$/u);
  expect(second).toMatch(/^compute-0001 .* 12\.345 {6}1 {9}0 {2}compute$/u);
});

test('rows that come one by one stand below their header', () => {
  expect(followed.row(summaryOf(stored)).indexOf('compute')).toBe(
    followed.header().indexOf('image'),
  );
});

test('a boot is told with its phases, the longest steps first, and warnings', () => {
  const lines = reportLines(stored);
  expect(lines[0]).toMatch(/^n1: ok, [\d-]{10} [\d:]{8}, osimage compute$/u);
  expect(lines).toContain('  phases       0.200 s  network');
  expect(lines).toContain('  longest      0.120 s  copy /etc');
  expect(lines).toContain('               0.002 s  mount tmpfs');
  expect(lines).toContain('  failed    copy /etc: no space');
  expect(lines).toContain('  warnings  a tree is missing');
});

test('a boot that failed says why first', () => {
  const error = { code: 'ERR_STATELITE_NFS', message: 'no answer', hint: 'is mn up?' };
  const lines = reportLines({ ...stored, report: { ...bootReport, outcome: 'error', error } });
  expect(lines.slice(1, 3)).toEqual([
    '  error     ERR_STATELITE_NFS: no answer',
    '            hint: is mn up?',
  ]);
});

test('what a node says never reaches a terminal as it is', () => {
  const bad = [...hostileNames, '\u001B[2J\u009B2J', 'two\nlines'].join('');
  const report = {
    ...bootReport,
    image: bad,
    kernel: bad,
    agent: bad,
    bootId: bad,
    phases: [{ name: bad, start: 0, took: 0 }],
    steps: [{ step: bad, took: 1, why: bad, error: bad }],
    entries: { [bad]: 1 },
    warnings: [bad],
    spawned: [bad],
    error: { code: bad, message: bad, hint: bad },
  };
  const evil = { ...stored, report };
  const lines = [
    ...reportLines(evil),
    ...tableLines([summaryOf(evil)]),
    followed.row(summaryOf(evil)),
    ...comparisonLines(stored, evil, compareReports(stored.report, report)),
    ...comparisonLines(evil, stored, compareReports(report, stored.report)),
  ];
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});
