import { expect, test } from 'vitest';
import type { Explained } from '../../conformance/explain.ts';
import { caseLines } from '../../conformance/print.ts';

const outcome = { id: 'one', liteimg: [], boots: [] };
const found: Explained = {
  difference: {
    where: 'boots/0/view',
    path: '/a\nb',
    field: 'content',
    ours: 'x'.repeat(90),
    stock: null,
  },
  explanation: undefined,
};

test.each([
  ['ok            one', []],
  ['no record     one', null],
])('%s', (line, differences) => {
  expect(caseLines({ file: 'one.json', outcome, found: differences })).toEqual([line]);
});

test('a difference is one line, however long its values are and whatever its path holds', () => {
  const [verdict, line] = caseLines({ file: 'one.json', outcome, found: [found] });
  expect(verdict).toBe('1 UNEXPLAINED one');
  expect(line).toMatch(
    /^ {4}boots\/0\/view \/a\\nb content: ours "x+\.\.\., stock's null {2}\[UNEXPLAINED\]$/u,
  );
});

test('a case that could not be run says why', () => {
  const broken = { ...outcome, error: { code: 'ERR', message: 'it broke' } };
  expect(caseLines({ file: 'one.json', outcome: broken, found: [] })).toEqual([
    'FAILED        one: it broke',
  ]);
});
