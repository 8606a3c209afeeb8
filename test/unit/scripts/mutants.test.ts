import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  decodeMutants,
  type Mutant,
  mutate,
  readMutants,
} from '../../../scripts/mutants/mutant.ts';
import {
  readVerdict,
  renderSum,
  renderTried,
  type Tried,
} from '../../../scripts/mutants/verdict.ts';

const root = join(import.meta.dirname, '../../..');
const mutant: Mutant = {
  file: 'agent/rules/a.ts',
  rule: '1.1',
  search: 'a < b',
  replace: 'a > b',
  breaks: 'the order is turned round',
};

describe('the mutants of this repository', async () => {
  const mutants = await readMutants(join(root, 'test/mutants'));

  test.for(mutants)('$rule, $breaks: its place is in $file, once', async (one) => {
    const source = await readFile(join(root, one.file), 'utf8');
    expect(mutate(source, one)).not.toBe(source);
  });

  test('break rules that docs/semantics.md has, in the rule engine', async () => {
    const semantics = await readFile(join(root, 'docs/semantics.md'), 'utf8');
    for (const { rule, file } of mutants) {
      expect(semantics).toContain(`\n${rule} `);
      expect(file).toMatch(/^agent\/(rules|plan)\//u);
    }
  });

  test('are there for every rule of entries, sources and families', () => {
    const rules = new Set(mutants.map(({ rule }) => rule));
    const wanted = '1.1 1.2 1.3 1.5 1.6 1.7 2.1 2.2 2.3 2.4 3.1 3.2 3.3 3.4 5.5'.split(' ');
    expect(wanted.filter((rule) => !rules.has(rule))).toEqual([]);
  });
});

describe('a mutant', () => {
  test('replaces its place and nothing else', () => {
    expect(mutate('if (a < b) $& (b < c)', { ...mutant, replace: '$&' })).toBe(
      'if ($&) $& (b < c)',
    );
  });

  test.for([
    ['a <= b', 'stands 0 times'],
    ['a < b; a < b', 'stands 2 times'],
  ] as const)('in "%s" has no place of its own: %s', ([source, reason]) => {
    expect(() => mutate(source, mutant)).toThrow(reason);
  });

  test.for([{ search: '' }, { replace: 'a < b' }])(
    'that changes nothing is refused: %o',
    (wish) => {
      expect(() => mutate('a < b', { ...mutant, ...wish })).toThrow('changes nothing');
    },
  );

  test.for([
    [{}, 'x.json is no list'],
    [[mutant, { ...mutant, rule: 1 }], 'mutant 2 of x.json has no rule'],
    [['text'], 'mutant 1 of x.json has no file'],
  ] as const)('%o in a data file is refused', ([value, reason]) => {
    expect(() => decodeMutants(value, 'x.json')).toThrow(reason);
  });
});

/** A report as vitest writes it, of one file. */
function report(status: string, message: string, tests: Readonly<Record<string, string>>): string {
  const assertionResults = Object.entries(tests).map(([fullName, one]) => ({
    fullName,
    status: one,
  }));
  return JSON.stringify({ testResults: [{ status, message, assertionResults }] });
}

describe('what the tests say', () => {
  test.for([
    [report('passed', '', { one: 'passed' }), { verdict: 'passed' }],
    [
      report('failed', '', { one: 'passed', two: 'failed', three: 'failed' }),
      { verdict: 'failed', test: 'two' },
    ],
    [
      report('failed', 'SyntaxError: x\n at y', {}),
      { verdict: 'not run', reason: 'SyntaxError: x\n at y' },
    ],
    ['{"testResults":[]}', { verdict: 'not run', reason: 'no test was found' }],
  ] as const)('%s', ([text, verdict]) => {
    expect(readVerdict(text)).toEqual(verdict);
  });

  test('a report that was not written is no verdict', () => {
    expect(() => readVerdict('{}')).toThrow('no list of testResults');
  });

  test('is a line for each mutant, what noticed it, and a sum', () => {
    const tried: Tried[] = [
      { mutant, verdict: { verdict: 'failed', test: 'rows are sorted' } },
      { mutant: { ...mutant, rule: '5.5' }, verdict: { verdict: 'passed' } },
      { mutant, verdict: { verdict: 'not run', reason: '\u001b[31mSyntaxError\u001b[39m\nat' } },
    ];
    expect([...tried.flatMap(renderTried), renderSum(tried)]).toEqual([
      'killed    1.1  agent/rules/a.ts: the order is turned round',
      '               by "rows are sorted"',
      'SURVIVED  5.5  agent/rules/a.ts: the order is turned round',
      'NOT RUN   1.1  agent/rules/a.ts: the order is turned round',
      '               SyntaxError',
      '1 of 3 mutants of 2 rules were killed',
    ]);
  });
});
