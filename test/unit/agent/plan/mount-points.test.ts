import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import { row } from '../../../helpers/rows.ts';
import { noticed, situationOf, store, told } from '../../../helpers/situations.ts';
import type { MemoryTree } from '../../../helpers/views.ts';

const image = { '/p/x': 'x', '/p/c': 'c', '/p/d/k': 'k' };

function decided(
  rows: readonly LitefileRow[],
  kept: MemoryTree,
  lists: { readonly filled?: readonly string[]; readonly made?: readonly string[] },
  missingTrees: readonly string[] = [],
) {
  const localdisk = store(kept, lists);
  return plan(situationOf({ rows, image, missingTrees, localdisk, persistent: localdisk }));
}

const child = (options: string, file = '/p/c') => [row('/p/', 'localdisk'), row(file, options)];
const parent = { '/p/x': 'x' };

describe('3.1 mount points in kept stores', () => {
  test('an entry whose copy is gone is not on the list of the filled while it is volatile', () => {
    const { steps } = decided(child('localdisk'), parent, { filled: ['/p', '/p/c'] }, ['mn:/gone']);
    expect(steps).toContainEqual({
      kind: 'record',
      store: 'localdisk',
      list: 'filled',
      lines: ['/p'],
    });
  });

  test('a mount point that took the place of a copy is filled by the next complete boot', () => {
    const lists = { filled: ['/p'], made: ['/p/c'] };
    expect(told(decided(child('localdisk'), { ...parent, '/p/c': '' }, lists))).toEqual([
      'copy D/p/c to L/p/c',
      'bind L/p on /p',
    ]);
  });

  test.for([
    [
      'a file',
      '/p/c/',
      { '/p/c': '' },
      ['remove the unused mount point L/p/c', 'fill L/p/c/ from D/p/c'],
    ],
    [
      'a directory',
      '/p/d',
      { '/p/d': 'dir' },
      ['remove the unused mount point L/p/d', 'copy D/p/d to L/p/d'],
    ],
  ] as const)('one that was %s gives way to a copy of another type', ([, file, kept, steps]) => {
    const path = file.replace(/\/$/u, '');
    const rows = child('localdisk', file);
    const localdisk = store({ ...parent, ...kept }, { filled: ['/p'], made: [path] });
    const other = { '/p/x': 'x', '/p/c/y': 'y', '/p/d': 'd' };
    expect(told(plan(situationOf({ rows, image: other, localdisk }))).slice(0, 2)).toEqual(steps);
  });

  test('stays, and on its list, while its own row is there', () => {
    const lists = { filled: ['/p'], made: ['/p/c'] };
    const { steps } = decided([row('/p/c', 'tmpfs')], { ...parent, '/p/c': '' }, lists);
    expect(steps.filter(({ kind }) => kind === 'record' || kind === 'remove-mount-point')).toEqual(
      [],
    );
  });

  test('one that became a copy is no mount point any more, once the list says so', () => {
    const rows = [...child('localdisk'), row('/p/d/', 'localdisk')];
    const lists = { filled: ['/p', '/p/d'], made: ['/p/c', '/p/d'] };
    const kept = { ...parent, '/p/c': '', '/p/d/k': 'k' };
    const localdisk = store(kept, lists);
    const { steps } = plan(situationOf({ rows, image, localdisk }));
    const made = steps.flatMap((step) =>
      step.kind === 'record' && step.list === 'made' ? [step.lines] : [],
    );
    expect(made).toEqual([['/p/c'], []]);
  });

  test('is removed with its row, where a link of the store leads', () => {
    const kept = { '/srv': '-> data', '/data/p/x': 'x', '/data/p/c': '' };
    const { steps } = decided([row('/srv/p/', 'localdisk')], kept, {
      filled: ['/srv/p'],
      made: ['/srv/p/c'],
    });
    expect(steps).toContainEqual({
      kind: 'remove-mount-point',
      path: '/.sllocal/localmnt/data/p/c',
      type: 'file',
    });
  });

  test.for([
    ['is gone', {}],
    ['is behind a file', { '/srv': 'file' }],
    ['is behind nothing', { '/srv': '-> none' }],
  ] as const)('one that %s is only forgotten', ([, kept]) => {
    const lists = { filled: [], made: ['/srv/p/c'] };
    const { steps } = decided([row('/p/', 'localdisk')], kept, lists);
    expect(steps.filter(({ kind }) => kind === 'remove-mount-point')).toEqual([]);
    expect(steps).toContainEqual({ kind: 'record', store: 'localdisk', list: 'made', lines: [] });
  });

  test('a store that has no list and gets nothing is left without one', () => {
    const { steps } = plan(situationOf({ rows: [row('/p/c')], image }));
    expect(steps.filter(({ kind }) => kind === 'record')).toEqual([]);
  });
});

describe('3.3 a volatile entry below a link,persistent directory', () => {
  test('does not cover what a filled entry below it has in the store', () => {
    const rows = ['/p/', '/p/d/', '/p/d/k'].map((file) => row(file, 'link,persistent'));
    const kept = { '/p/x': 'x', '/p/d/k': 'kept' };
    const shown = told(decided(rows, kept, { filled: ['/p', '/p/d/k'] }, ['mn:/gone']));
    expect(shown).toContain('bind P/p on T/p');
    expect(shown).not.toContain('link T/p to P/p');
    expect(shown.at(-1)).toBe('bind P/p/d/k on /p/d/k');
  });
});

describe('5.5 a newly listed read-only child that only the image has', () => {
  test("is set aside before its parent's mount covers it", () => {
    const situation = situationOf({
      rows: [row('/p/', 'localdisk'), row('/p/r', 'ro')],
      liteimg: [row('/p/', 'localdisk')],
      image,
      changed: { '/p/r': 'r' },
    });
    const steps = told(plan(situation));
    const aside = 'bind /p/r on /.statelite/volatile/p/r read-only';
    expect(steps.indexOf(aside)).toBeLessThan(steps.indexOf('bind L/p on /p'));
    expect(steps).toContain('bind /.statelite/volatile/p/r on /p/r read-only');
  });
});

describe('5.5 a table that liteimg would take', () => {
  test.for([
    ['below what was made a file', '/srv/x/y', 'tmpfs'],
    ['deeper below it', '/srv/x/deep/er', 'tmpfs'],
    ['below it, by links', '/srv/x/y', 'link'],
    ['a file where a directory was made', '/srv/z', 'con'],
    ['a directory where a file was made', '/srv/x/', 'persistent'],
  ] as const)('is no error on the node: a row %s', ([, file, options]) => {
    const liteimg = [row('/srv/x', options.startsWith('link') ? 'link' : 'tmpfs'), row('/srv/z/')];
    const trees = {
      'mn:/one': { '/srv/z': 'z' },
      'mn:/two': { '/srv/x/y': 'y', '/srv/x/deep/er': 'd' },
    };
    const result = plan(situationOf({ rows: [row(file, options)], liteimg, trees }));
    expect(noticed(result).filter((line) => line.startsWith('degraded'))).toEqual([
      expect.stringMatching(/is not served.*run liteimg$/u),
    ]);
  });

  test('an /etc/mtab that nobody listed and nobody prepared is worth a warning', () => {
    const changed = { '/etc/mtab': 'mounts' };
    expect(noticed(plan(situationOf({ rows: [], image: { '/etc': 'dir' }, changed })))).toEqual([
      expect.stringMatching(/^warning: "\/etc\/mtab" \(link\) is not served/u),
    ]);
  });
});
