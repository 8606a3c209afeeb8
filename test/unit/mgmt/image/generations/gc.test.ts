import { expect, test } from 'vitest';
import { judge } from '../../../../../mgmt/image/generations/gc.ts';
import type { Generation } from '../../../../../mgmt/image/generations/read.ts';

const published = (day: number) => `2026-01-0${day}T00:00:00.000Z`;

function generation(number: number, day: number, isCurrent = false): Generation {
  return {
    version: 1,
    number,
    made: published(1),
    by: '',
    kernel: '',
    published: [published(day)],
    directory: `/image/${number}`,
    isCurrent,
  };
}

const all = [
  generation(1, 5),
  generation(2, 2),
  generation(3, 6, true),
  generation(4, 3),
  generation(5, 4),
];

function kept(
  keep: number,
  given: { nodes?: readonly [number, string[]][]; users?: readonly [string, string][] } = {},
) {
  const verdicts = judge(all, {
    keep,
    reported: new Map(given.nodes),
    users: new Map(given.users),
  });
  return verdicts.filter((one) => one.kept !== undefined).map((one) => one.generation.number);
}

test('the current generation stays, and of the others those that were it last', () => {
  expect(kept(0)).toEqual([3]);
  expect(kept(1)).toEqual([1, 3]);
  expect(kept(2)).toEqual([1, 3, 5]);
  expect(kept(9)).toEqual([1, 2, 3, 4, 5]);
});

test('what nodes run or somebody uses stays, and does not count', () => {
  expect(kept(1, { nodes: [[2, ['cn1']]], users: [['/image/4', 'sh (7) uses it']] })).toEqual([
    1, 2, 3, 4,
  ]);
  expect(kept(0, { nodes: [[2, []]] })).toEqual([3]);
});

test('why is told with the nodes folded', () => {
  const verdicts = judge(all, {
    keep: 0,
    reported: new Map([[2, ['cn1', 'cn2', 'cn3']]]),
    users: new Map(),
  });
  expect(verdicts[1]?.kept).toBe('cn[1-3] reported to run it');
});
