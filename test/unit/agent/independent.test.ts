import { describe, expect, test } from 'vitest';
import { independentGroups } from '../../../agent/independent.ts';
import type { Step } from '../../../agent/plan/step.ts';

const T = '/.statelite/tmpfs';
const P = '/.statelite/persistent';
const L = '/.sllocal/localmnt';

const copy = (to: string): Step => ({ kind: 'copy', from: { root: '/.default', path: '/x' }, to });
const merge = (to: string): Step => ({
  kind: 'merge',
  from: [{ root: '/.default', path: '/x' }],
  to,
  path: '/x',
  leaveOut: [],
  bare: [],
  only: 'everything',
});
const link = (path: string): Step => ({ kind: 'symlink', path, target: '/x' });
const bind = (target: string): Step => ({ kind: 'bind', source: '/x', target, readonly: false });
const joined = (to: string): Step => ({ kind: 'concatenate', from: [], to });

function sizes(steps: readonly Step[]): number[] {
  const groups = [...independentGroups(steps)];
  expect(groups.flat()).toEqual(steps);
  return groups.map((group) => group.length);
}

describe('steps that may be performed at the same time', () => {
  test.for<[string, readonly Step[], readonly number[]]>([
    ['fills of different places in memory', [copy(`${T}/a`), merge(`${T}/b`), link(`${T}/c`)], [3]],
    ['fills of kept stores in different directories', [copy(`${P}/a/x`), merge(`${L}/b/x`)], [2]],
    ['no fills of one directory of a kept store', [copy(`${P}/a/x`), copy(`${P}/a/y`)], [1, 1]],
    ['no place twice', [copy(`${T}/a`), link(`${T}/a`)], [1, 1]],
    ['no place within another', [merge(`${T}/a`), copy(`${T}/a/b/c`)], [1, 1]],
    ['no place around another', [copy(`${T}/a/b/c`), merge(`${T}/a`)], [1, 1]],
    ['names that only begin alike', [merge(`${T}/a`), merge(`${T}/ab`)], [2]],
    ['no mounts', [bind('/a'), bind('/b')], [1, 1]],
    [
      'no files joined of several, which share a workplace',
      [joined(`${T}/a`), joined(`${T}/b`)],
      [1, 1],
    ],
    ['none over a mount in between', [copy(`${T}/a`), bind('/b'), copy(`${T}/c`)], [1, 1, 1]],
    ['none of nothing', [], []],
  ])('are %s', ([, steps, groups]) => {
    expect(sizes(steps)).toEqual(groups);
  });

  test('are sixty-four at the most', () => {
    expect(sizes(Array.from({ length: 100 }, (_, n) => copy(`${T}/${n}`)))).toEqual([64, 36]);
  });
});
