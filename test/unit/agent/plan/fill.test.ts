import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import type { StoreState } from '../../../../agent/plan/situation.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { noticed, situationOf, store, told } from '../../../helpers/situations.ts';

const image = { '/srv/f': 'f', '/srv/d/x': 'x', '/srv/d/sub/y': 'y' };
const file = [row('/srv/f', 'persistent')];
const directory = [row('/srv/d/', 'persistent')];
const withChild = [row('/srv/d/', 'persistent'), row('/srv/d/sub/y', 'persistent')];

const newFile = ['copy D/srv/f to P/srv/f', 'bind P/srv/f on /srv/f'];
const keptFile = ['bind P/srv/f on /srv/f'];
const newDirectory = ['fill P/srv/d/ from D/srv/d', 'bind P/srv/d on /srv/d'];
const completed = ['complete P/srv/d/ from D/srv/d', 'bind P/srv/d on /srv/d'];
const keptDirectory = ['bind P/srv/d on /srv/d'];

function planned(rows: typeof file, persistent: StoreState) {
  return plan(situationOf({ rows, image, persistent }));
}

describe('3.1 whether an entry of a store has its copy', () => {
  test.for([
    ['an empty store without a list', file, store(), newFile],
    ['an empty store with a list', file, store({}, { filled: [] }), newFile],
    ['a copy that was deleted although listed', file, store({}, { filled: ['/srv/f'] }), newFile],
    ['a filled file', file, store({ '/srv/f': 'k' }, { filled: ['/srv/f'] }), keptFile],
    ['an unlisted file', file, store({ '/srv/f': 'k' }, { filled: [] }), keptFile],
    ['an empty file', file, store({ '/srv/f': '' }, { filled: [] }), keptFile],
    ['a file in a store without a list', file, store({ '/srv/f': '' }), keptFile],
    [
      'an empty file that is a recorded mount point',
      file,
      store({ '/srv/f': '' }, { filled: [], made: ['/srv/f'] }),
      newFile,
    ],
    [
      'a written file that once was a mount point',
      file,
      store({ '/srv/f': 'k' }, { filled: [], made: ['/srv/f'] }),
      keptFile,
    ],
    [
      'an emptied file that is filled and still recorded as a mount point',
      file,
      store({ '/srv/f': '' }, { filled: ['/srv/f'], made: ['/srv/f'] }),
      keptFile,
    ],
    ['no directory', directory, store({}, { filled: [] }), newDirectory],
    [
      'a filled directory',
      directory,
      store({ '/srv/d/k': 'k' }, { filled: ['/srv/d'] }),
      keptDirectory,
    ],
    ['an unfilled directory', directory, store({ '/srv/d/k': 'k' }, { filled: [] }), completed],
    ['a directory in a store without a list', directory, store({ '/srv/d/k': 'k' }), keptDirectory],
    [
      'an empty unfilled directory',
      directory,
      store({ '/srv/d': 'dir' }, { filled: [] }),
      completed,
    ],
    ['an empty directory without a list', directory, store({ '/srv/d': 'dir' }), completed],
    [
      'a directory that the node emptied',
      directory,
      store({ '/srv/d': 'dir' }, { filled: ['/srv/d'] }),
      keptDirectory,
    ],
    [
      'a directory that is a recorded mount point',
      directory,
      store({ '/srv/d': 'dir' }, { filled: [], made: ['/srv/d'] }),
      newDirectory,
    ],
    [
      'a directory behind a link of the store',
      directory,
      store({ '/srv/d': '-> ../data', '/data/k': 'k' }, { filled: ['/srv/d'] }),
      ['bind P/data on /srv/d'],
    ],
    [
      'no file in a directory behind a link of the store',
      file,
      store({ '/srv': '-> data', '/data': 'dir' }, { filled: [] }),
      ['copy D/srv/f to P/data/f', 'bind P/data/f on /srv/f'],
    ],
  ] as const)('%s', ([, rows, persistent, steps]) => {
    const decided = planned([...rows], persistent);
    expect(told(decided)).toEqual(steps);
    expect(noticed(decided)).toEqual([]);
  });

  test.for([
    ['unlisted', []],
    ['listed', ['/srv/d', '/srv/d/sub/y']],
  ] as const)('a directory with nothing but a deeper entry is no copy, %s', ([, filled]) => {
    expect(told(planned(withChild, store({ '/srv/d/sub/y': 'k' }, { filled })))).toEqual(completed);
  });

  test('a directory with something of its own besides a deeper entry is a copy', () => {
    const kept = store({ '/srv/d/sub/y': 'k', '/srv/d/sub/z': 'k' }, { filled: ['/srv/d'] });
    expect(told(planned(withChild, kept))).toEqual(keptDirectory);
  });

  test('a filled entry is mounted even if no source has it any more', () => {
    const rows = [row('/srv/f', 'persistent'), row('/srv/d/', 'link,persistent')];
    const persistent = store({ '/srv/f': 'k', '/srv/d/k': 'k' }, { filled: ['/srv/f', '/srv/d'] });
    const changed = { '/.default/srv/f': 'dir', '/.default/srv/d': 'a file' };
    const decided = plan(situationOf({ rows, image, changed, persistent }));
    expect([...decided.verdicts.values()].flatMap(({ sources }) => sources.from)).toEqual([]);
    expect(told(decided)).toEqual(['link T/srv/d to P/srv/d', 'bind P/srv/f on /srv/f']);
  });

  test.for([
    ['a directory', [row('/srv/f', 'persistent')], { '/srv/f/x': 'x' }],
    ['a file', [row('/srv/d/', 'persistent')], { '/srv/d': 'x' }],
    ['a link that leads nowhere', [row('/srv/f', 'persistent')], { '/srv/f': '-> gone' }],
    ['a link that leads nowhere', [row('/srv/f', 'persistent')], { '/srv': '-> gone' }],
    ['a loop of links', [row('/srv/f', 'persistent')], { '/srv/f': '-> f' }],
    ['the file /srv', [row('/srv/f', 'persistent')], { '/srv': 'x' }],
  ] as const)('%s in its place is left alone: error %o', ([found, rows, tree]) => {
    for (const persistent of [store(tree), store(tree, { filled: [rows[0].file] })]) {
      expect(() => planned([...rows], persistent)).toThrow(
        failure('ERR_STATELITE_STORE', `"${rows[0].file}" (persistent)`, found),
      );
    }
  });
});

function records(rows: typeof file, persistent: StoreState) {
  return planned(rows, persistent)
    .steps.filter((step) => step.kind !== 'bind')
    .flatMap((step) => {
      if (step.kind !== 'record') return [step.kind];
      return step.store === 'persistent' ? [`${step.list}: ${step.lines.join(' ')}`] : [];
    });
}

describe('3.1 the lists of a store', () => {
  test('a store without a list gets one of what exists, before anything is put into it', () => {
    const kept = store({ '/srv/f': 'k' });
    expect(records([...file, ...directory], kept)).toEqual([
      'filled: /srv/f',
      'merge',
      'filled: /srv/d /srv/f',
    ]);
  });

  test('a file that is there without being listed is put on the list', () => {
    const kept = store({ '/srv/f': 'k' }, { filled: ['/other'] });
    expect(records(file, kept)).toEqual(['filled: /other /srv/f']);
  });

  test('an entry is recorded last', () => {
    const kept = store({ '/other': 'k' }, { filled: ['/other'] });
    expect(records(file, kept)).toEqual(['copy', 'filled: /other /srv/f']);
  });

  test('nothing is recorded if nothing changes', () => {
    const kept = store({ '/srv/f': 'k' }, { filled: ['/srv/f'] });
    expect(records(file, kept)).toEqual([]);
  });

  test('an entry that is filled again is off the list until it is whole', () => {
    const kept = store({ '/srv/d/sub/y': 'k' }, { filled: ['/srv/d', '/srv/d/sub/y'] });
    expect(records(withChild, kept)).toEqual([
      'filled: /srv/d/sub/y',
      'merge',
      'filled: /srv/d /srv/d/sub/y',
    ]);
  });

  test('one that is found and one that is filled again make a new list', () => {
    const kept = store({ '/srv/f': 'k' }, { filled: ['/srv/d'] });
    expect(records([...file, ...directory], kept)).toEqual([
      'filled: /srv/f',
      'merge',
      'filled: /srv/d /srv/f',
    ]);
  });

  test('entries of rows that are gone stay on the list', () => {
    const kept = store({ '/gone': 'k' }, { filled: ['/gone', '/srv/f'] });
    expect(records(file, kept)).toEqual(['filled: /gone', 'copy', 'filled: /gone /srv/f']);
  });

  test('a mount point that becomes a copy is one until the copy is there', () => {
    const kept = store({ '/srv/f': '' }, { filled: [], made: ['/srv/f'] });
    expect(records(file, kept)).toEqual(['copy', 'filled: /srv/f', 'made: ']);
  });

  test('an unfilled directory that no source has is mounted, but not recorded as filled', () => {
    const changed = { '/.default/srv/d': 'a file' };
    const persistent = store({ '/srv/d/k': 'k' }, { filled: [] });
    const localdisk = { state: 'none' } as const;
    const decided = plan(situationOf({ rows: directory, image, changed, persistent, localdisk }));
    expect(told(decided, 'all')).toEqual(keptDirectory);
  });
});
