import { expect, test } from 'vitest';
import { failure } from '../../helpers/rows.ts';
import type { Difference } from '../../conformance/compare.ts';
import { decodeExplanations, explain, type Explanation } from '../../conformance/explain.ts';
import { problemsOf, type Result } from '../../conformance/suite.ts';

const difference = (where: string, path: string, field: string): Difference => ({
  where,
  path,
  field,
  ours: 1,
  stock: 2,
});

const explanation = (change: Partial<Explanation> = {}): Explanation => ({
  id: 'why',
  case: 'one',
  paths: ['/etc/*'],
  where: ['boots/paths'],
  rule: 'semantics 2.1',
  reason: 'so it is',
  differences: 1,
  ...change,
});

const explains = (found: Difference, change: Partial<Explanation>): boolean =>
  explain('one', [found], [explanation(change)])[0]?.explanation !== undefined;

test.each<[why: string, change: Partial<Explanation>, expected: boolean]>([
  ['the part of the record', {}, true],
  ['the field', { where: ['boots/paths/mode'] }, true],
  ['another field', { where: ['boots/paths/content'] }, false],
  ['a part that only begins alike', { where: ['boots/path'] }, false],
  ['another part', { where: ['boots/view', 'liteimg'] }, false],
  ['the path', { paths: ['/etc/a.b'] }, true],
  ['a dot that is no dot', { paths: ['/etc/aXb'] }, false],
  ['a star for a name', { paths: ['/*/a.b'] }, true],
  ['a star for several names', { paths: ['/*'] }, false],
  ['two stars for several names', { paths: ['/**'] }, true],
  ['no path', { paths: [] }, false],
  ['every case', { case: '*' }, true],
  ['another case', { case: 'two' }, false],
])('an explanation for %s', (_, change, expected) => {
  expect(explains(difference('boots/0/paths', '/etc/a.b', 'mode'), change)).toBe(expected);
});

test('an explanation without paths is for what is about no path', () => {
  expect(explains(difference('boots/1', '', 'error'), { paths: [], where: ['boots/error'] })).toBe(
    true,
  );
});

const result = (id: string, ...found: readonly (Explanation | undefined)[]): Result => ({
  file: `${id}.json`,
  outcome: { id, liteimg: [], boots: [] },
  found: found.map((one) => ({
    difference: difference('boots/0/paths', '/etc/a', 'mode'),
    explanation: one,
  })),
});

test('explained differences are no problem', () => {
  const why = explanation();
  expect(problemsOf([result('one', why)], [why], true)).toEqual([]);
});

test('a difference without a reason is a problem', () => {
  expect(problemsOf([result('one', undefined)], [], true)).toEqual(['one.json: 1 unexplained']);
});

test('a reason for more or fewer differences than there are is a problem', () => {
  const why = explanation({ differences: 2 });
  const told = ['expected.json: why explains 1 differences, not 2'];
  expect(problemsOf([result('one', why)], [why], true)).toEqual(told);
});

test('a reason for a case that was not run is no problem', () => {
  expect(problemsOf([result('two')], [explanation()], false)).toEqual([]);
});

test('a reason for a case that came without its record is no problem', () => {
  expect(problemsOf([{ ...result('one'), found: null }], [explanation()], false)).toEqual([]);
});

test('a reason for every case must be of use when all were run', () => {
  const why = explanation({ case: '*', differences: undefined });
  expect(problemsOf([result('one')], [why], false)).toEqual([]);
  expect(problemsOf([result('one')], [why], true)).toHaveLength(1);
});

test('a case that could not be run is a problem', () => {
  const broken = { ...result('one').outcome, error: { code: 'ERR', message: 'it broke' } };
  const problems = problemsOf([{ file: 'one.json', outcome: broken, found: [] }], [], true);
  expect(problems).toEqual(['one.json: it broke']);
});

const entry = {
  id: 'why',
  case: 'one',
  where: ['boots'],
  rule: 'node QUIRK-07',
  reason: 'so',
  differences: 1,
};

test.each([
  ['no rule', [{ ...entry, rule: 'because' }]],
  ['two of one id', [entry, entry]],
  [
    'no number',
    [{ ...entry, differences: undefined }].map((one) => JSON.parse(JSON.stringify(one))),
  ],
  ['no reason', [{ id: 'why' }]],
  ['no list', entry],
])('a data file with %s is refused', (_, value) => {
  expect(() => decodeExplanations(value)).toThrow(
    expect.objectContaining({ code: 'ERR_STATELITE_USAGE' }),
  );
});

test('the entry that is wrong is named', () => {
  expect(() => decodeExplanations([entry, { ...entry, id: 'b', rule: 'x' }])).toThrow(
    failure('ERR_STATELITE_USAGE', 'expected.json[1]'),
  );
});
