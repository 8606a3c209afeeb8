import { describe, expect, test } from 'vitest';
import { median, ratio, rounded } from '../../../scripts/bench/figures.ts';

describe('the figures of a benchmark', () => {
  test.for([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ] as const)('the median of %j is %d', ([values, expected]) => {
    expect(median(values)).toBe(expected);
  });

  test('nothing has no median', () => {
    expect(() => median([])).toThrow('the median of nothing');
  });

  test('a ratio has three significant digits, and there is none to zero', () => {
    expect(ratio(1000, 3)).toBe(333);
    expect(ratio(2, 3)).toBe(0.667);
    expect(ratio(86, 0)).toBeNull();
    expect(rounded(12_345.6)).toBe(12_300);
  });
});
