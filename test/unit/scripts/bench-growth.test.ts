import { describe, expect, test } from 'vitest';
import {
  closing,
  growthGoal,
  growthOf,
  medians,
  wallGoal,
} from '../../../scripts/bench/growth-figures.ts';

const figures = (wallMs: number, cpuMs: number) => ({ wallMs, cpuMs });

describe('a command on two sites', () => {
  test('grows as its CPU time does where that is most, whatever else keeps the machine', () => {
    const quick = [figures(10, 100), figures(10_000, 300)] as const;
    const slow = [figures(10, 100), figures(20, 1100)] as const;
    expect(growthOf([quick, slow])).toBe(11);
    expect(growthGoal(11).met).toBe(false);
    expect(growthGoal(growthOf([quick])).met).toBe(true);
  });

  test('without a smaller site has no growth that could meet a goal', () => {
    expect(growthOf([])).toBeNull();
    expect(growthOf([[undefined, figures(1, 1)]])).toBe(Infinity);
    expect(growthGoal(null).met).toBe(false);
  });

  test('meets a goal by its slowest work', () => {
    const all = [figures(4999.6, 1), figures(2, 9000)];
    expect(wallGoal('it takes at most', all, 5000)).toEqual({
      goal: 'it takes at most 5000 ms',
      value: 5000,
      met: true,
    });
    expect(wallGoal('it takes at most', all, 4999).met).toBe(false);
  });

  test('has medians of wall and CPU time each for itself', () => {
    expect(medians([figures(1, 9), figures(3, 7), figures(2, 8)])).toEqual(figures(2, 8));
  });

  test('ends with its goals and where it was measured', () => {
    const load = { before: [0.5, 1, 1], after: [2, 1, 1] };
    const host = { kernel: '6.1', node: 'v24', processors: 2, load };
    const goals = [growthGoal(11), growthGoal(3)];
    const lines = closing({ host, runs: 3, growth: 11, goals }, 'on paper');
    const goal = 'ten times the nodes take at most ten times the CPU time';
    expect(lines).toEqual([
      '',
      `MISSED  ${goal}: 11`,
      `met     ${goal}: 3`,
      '',
      'wall ms, medians of 3, SQLite; on paper; load 0.50 to 2.00, 2 processors, Node v24, Linux 6.1',
    ]);
  });
});
