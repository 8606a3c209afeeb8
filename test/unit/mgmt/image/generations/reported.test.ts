import { describe, expect, test } from 'vitest';
import type { Generation } from '../../../../../mgmt/image/generations/read.ts';
import { currentBetween, runningBy } from '../../../../../mgmt/image/generations/reported.ts';
import { bootReport } from '../../../../helpers/boot-report.ts';

const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;

/** A generation that was published at these minutes. */
function generation(number: number, ...minutes: readonly number[]): Generation {
  return {
    version: 1,
    number,
    made: at(0),
    by: '',
    kernel: '',
    published: minutes.map(at),
    directory: `/image.generations/${number}`,
    isCurrent: false,
  };
}

/** 1, then 2, back to 1, then 3. */
const generations = [generation(1, 10, 30), generation(2, 20), generation(3, 40)];

describe('what was the image at a time', () => {
  test.for([
    [5, [1]],
    [10, [1]],
    [25, [2]],
    [30, [1]],
    [39, [1]],
    [59, [3]],
  ] as const)('at minute %i', ([minute, numbers]) => {
    expect(currentBetween(generations, at(minute), at(minute))).toEqual(numbers);
  });

  test('is more than one where it was published in between', () => {
    expect(currentBetween(generations, at(15), at(25))).toEqual([1, 2]);
    expect(currentBetween(generations, at(5), at(50))).toEqual([1, 2, 3]);
    expect(currentBetween([], at(5), at(50))).toEqual([]);
  });
});

describe('what a node runs', () => {
  test('is the number it reported, whatever the time', () => {
    const report = { ...bootReport, generation: 7 };
    expect(runningBy({ time: at(25), report }, generations)).toEqual([7]);
  });

  test('without a number, what was current while it booted', () => {
    const report = { ...bootReport, took: 60_000 };
    expect(runningBy({ time: at(20), report }, generations)).toEqual([1, 2]);
    expect(runningBy({ time: at(22), report }, generations)).toEqual([2]);
  });
});
