import { describe, expect, test } from 'vitest';
import { changesOf, describeChange } from '../../../../../mgmt/image/liteimg/changes.ts';
import type { Deed, Subject } from '../../../../../mgmt/image/liteimg/journal.ts';

const work = '/.statelite/liteimg.new';

interface Case {
  readonly what: string;
  readonly task: Subject['task'];
  readonly deeds: readonly Deed[];
  readonly effects: readonly string[];
}

const planted: readonly Deed[] = [
  { kind: 'linked', path: work, target: '../.statelite/tmpfs/etc/x' },
  { kind: 'moved', from: work, path: '/etc/x' },
];

const cases: readonly Case[] = [
  {
    what: 'an original that makes room for a planted link',
    task: 'prepare',
    deeds: [
      { kind: 'made', path: '/.default/etc' },
      { kind: 'moved', from: '/etc/x', path: '/.default/etc/x' },
      ...planted,
    ],
    effects: ['original moved', 'planted'],
  },
  {
    what: 'a newer object over a planted link',
    task: 'prepare',
    deeds: [
      { kind: 'removed', path: '/.default/etc/x' },
      { kind: 'moved', from: '/etc/x', path: '/.default/etc/x' },
      ...planted,
    ],
    effects: ['laid over', 'planted'],
  },
  {
    what: 'a missing path with its parents, planted',
    task: 'prepare',
    deeds: [
      { kind: 'made', path: '/etc' },
      { kind: 'lent', path: '/.default/etc' },
      { kind: 'made', path: work },
      { kind: 'moved', from: work, path: '/.default/etc/x' },
      ...planted,
    ],
    effects: ['parents made', 'made', 'planted'],
  },
  {
    what: 'a link of the image that becomes a planted one',
    task: 'prepare',
    deeds: [
      { kind: 'copied', path: work },
      { kind: 'moved', from: work, path: '/.default/etc/x' },
      { kind: 'copied', path: '/.default.links/etc/x' },
      ...planted,
    ],
    effects: ['original copied', 'link kept', 'planted'],
  },
  {
    what: 'a link of the image that becomes a mount point',
    task: 'prepare',
    deeds: [
      { kind: 'copied', path: '/.default.links/etc/x' },
      { kind: 'made', path: work },
      { kind: 'moved', from: work, path: '/etc/x' },
    ],
    effects: ['link kept', 'stood in'],
  },
  {
    what: 'a mount point whose mirror changes',
    task: 'prepare',
    deeds: [{ kind: 'copied', path: '/.default/etc/x/y' }],
    effects: ['mirrored'],
  },
  {
    what: 'a row that is gone',
    task: 'restore',
    deeds: [
      { kind: 'moved', from: '/.default/etc/x', path: '/etc/x' },
      { kind: 'removed', path: '/.statelite/tmpfs/etc/x' },
    ],
    effects: ['restored', 'link removed'],
  },
  {
    what: 'a link that comes back',
    task: 'restore',
    deeds: [
      { kind: 'moved', from: '/.default.links/etc/x', path: '/etc/x' },
      { kind: 'moved', from: '/.default/etc/x', path: work },
    ],
    effects: ['link restored', 'copy removed'],
  },
  {
    what: 'something made that nothing needs any more',
    task: 'leftover',
    deeds: [{ kind: 'removed', path: '/etc/x' }],
    effects: ['removed'],
  },
  {
    what: 'a file of the system',
    task: 'system',
    deeds: [{ kind: 'moved', from: work, path: '/etc/x' }],
    effects: ['written'],
  },
  {
    what: 'what has no name of its own',
    task: 'prepare',
    deeds: [{ kind: 'removed', path: '/.statelite/tmpfs/etc/x' }],
    effects: ['put right'],
  },
];

describe('what a journal says of a path', () => {
  test.for(cases)('$what', ({ task, deeds, effects }) => {
    const changes = changesOf([{ subject: { task, path: '/etc/x' }, deeds }]);
    expect(changes).toEqual([{ path: '/etc/x', effects }]);
  });

  test('comes once for each path, in the order of the run', () => {
    const pages = ['/b', '/a', '/b'].map((path) => ({
      subject: { task: 'prepare', path } as const,
      deeds: [{ kind: 'made', path } as const],
    }));
    const changes = changesOf(pages);
    expect(changes.map(({ path }) => path)).toEqual(['/b', '/a']);
  });

  test('is one line for people', () => {
    expect(describeChange({ path: '/etc/x', effects: ['original moved', 'planted'] })).toBe(
      '/etc/x: the original moves to /.default; a link through /.statelite/tmpfs is planted',
    );
  });
});
