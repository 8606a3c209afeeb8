import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../agent/errors.ts';
import { corpusOf } from '../../fuzz/corpus.ts';
import { fuzz, problemWith } from '../../fuzz/fuzz.ts';
import { longest, mutated } from '../../fuzz/mutate.ts';
import { randomOf } from '../../fuzz/random.ts';
import { accepted, type Target } from '../../fuzz/target.ts';
import { fuzzTargets } from '../../fuzz/targets.ts';

const seeds = [Buffer.from('key=value'), Buffer.from('')] as const;

function target(run: (text: string) => void): Target {
  return { name: 'planted', words: ['=='], run: (input) => run(input.toString()) };
}

describe.each(fuzzTargets.map((each) => [each.name, each] as const))('%s', (name, each) => {
  test.each(corpusOf(name).map((seed) => [seed.name, seed.bytes] as const))(
    'takes %s of its corpus',
    (_, bytes) => {
      expect(problemWith(each, bytes)).toBeUndefined();
    },
  );
});

test('the seed decides all inputs, and they differ', () => {
  expect(inputs(7)).toEqual(inputs(7));
  expect(new Set(inputs(7).map(String)).size).toBeGreaterThan(100);
  expect(Math.max(...inputs(7).map(({ length }) => length))).toBeLessThanOrEqual(longest);
});

test('a planted bug is found, with its input', () => {
  const planted = target((text) => {
    if (/=.*=/s.test(text)) throw new TypeError('two of them');
  });
  const { finding } = fuzz(planted, { seeds, seed: 1, goesOn: (count) => count < 2000 });
  expect(finding?.error.message).toBe('two of them');
  expect(problemWith(planted, finding?.input ?? Buffer.from(''))?.message).toBe('two of them');
});

test('what takes long is a finding', () => {
  const planted = target(() => {
    for (const end = performance.now() + 1010; performance.now() < end;);
  });
  expect(problemWith(planted, Buffer.from('x'))?.message).toMatch(/^1 bytes take \d+ ms$/);
});

test('a refusal is no finding, any other error is', () => {
  const refusal = new StateliteError('ERR_STATELITE_ROW', 'no');
  const refusing = () => {
    throw refusal;
  };
  expect(accepted(refusing)).toBeUndefined();
  expect(() => accepted(failDeep)).toThrow('deep');
});

function inputs(seed: number): Buffer[] {
  return Array.from({ length: 200 }, (_, index) => mutated(seeds, ['=='], randomOf(seed + index)));
}

function failDeep(): never {
  throw new RangeError('deep');
}
