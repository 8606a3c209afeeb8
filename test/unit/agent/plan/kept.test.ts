import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import type { StoreState } from '../../../../agent/plan/situation.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { situationOf, store } from '../../../helpers/situations.ts';

const rows = [row('/srv/d/', 'localdisk'), row('/srv/d/a/f', 'ro'), row('/srv/d/e/', 'tmpfs')];
const image = { '/srv/d/a/f': 'f', '/srv/d/e/x': 'x', '/srv/d/own': 'o' };
const filled = { '/srv/d/own': 'o' };

/** What is done about mount points in the local disk's copy, in order. */
function mountPoints(localdisk: StoreState, table = rows): string[] {
  return plan(situationOf({ rows: table, image, localdisk })).steps.flatMap((step) => {
    if (step.kind === 'mount-point') return [`make ${step.path}`];
    if (step.kind === 'remove-mount-point') return [`remove ${step.path} ${step.type}`];
    if (step.kind !== 'record' || step.store !== 'localdisk') return [];
    return step.list === 'made' ? [`made: ${step.lines.join(' ')}`] : [];
  });
}

const [madeFile, madeDirectory] = [
  'make /.sllocal/localmnt/srv/d/a/f',
  'make /.sllocal/localmnt/srv/d/e',
];

describe('3.3 mount points in the store of a parent', () => {
  test('a missing one is made, and recorded before it is made', () => {
    expect(mountPoints(store(filled, { filled: ['/srv/d'] }))).toEqual([
      'made: /srv/d/a/f /srv/d/e',
      madeDirectory,
      madeFile,
    ]);
  });

  test('the same for a parent that is filled in this boot', () => {
    expect(mountPoints(store({}, { filled: [] }))).toEqual([
      'made: /srv/d/a/f /srv/d/e',
      madeDirectory,
      madeFile,
    ]);
  });

  test('what the store has of its own serves and is not recorded', () => {
    const kept = { ...filled, '/srv/d/a/f': 'mine', '/srv/d/e': 'dir' };
    expect(mountPoints(store(kept, { filled: ['/srv/d'] }))).toEqual([]);
  });

  test('recorded ones stay as they are', () => {
    const kept = { ...filled, '/srv/d/a/f': '', '/srv/d/e': 'dir' };
    const lists = { filled: ['/srv/d'], made: ['/srv/d/a/f', '/srv/d/e'] };
    expect(mountPoints(store(kept, lists))).toEqual([]);
  });

  test('a recorded one that was removed is made again', () => {
    const lists = { filled: ['/srv/d'], made: ['/srv/d/a/f', '/srv/d/e'] };
    expect(mountPoints(store({ ...filled, '/srv/d/e': 'dir' }, lists))).toEqual([madeFile]);
  });

  test.for([
    ['an empty file', '', true],
    ['an empty directory', 'dir', true],
    ['a written file', 'data', false],
    ['a link', '-> own', false],
  ] as const)('without its row %s is removed: %s', ([, content, removed]) => {
    const kept = store(
      { ...filled, '/srv/d/old': content },
      { filled: ['/srv/d'], made: ['/srv/d/old'] },
    );
    const type = content === 'dir' ? 'dir' : 'file';
    expect(mountPoints(kept, rows.slice(0, 1))).toEqual([
      ...(removed ? [`remove /.sllocal/localmnt/srv/d/old ${type}`] : []),
      'made: ',
    ]);
  });

  test('it is removed also when the row of its parent is gone', () => {
    const kept = store({ ...filled, '/srv/d/old': '' }, { filled: [], made: ['/srv/d/old'] });
    expect(mountPoints(kept, [row('/z', 'localdisk')])).toContain(
      'remove /.sllocal/localmnt/srv/d/old file',
    );
  });

  test('one that changed its type with its row is replaced', () => {
    const kept = { ...filled, '/srv/d/a/f': 'dir', '/srv/d/e': '' };
    const lists = { filled: ['/srv/d'], made: ['/srv/d/a/f', '/srv/d/e'] };
    expect(mountPoints(store(kept, lists))).toEqual([
      'remove /.sllocal/localmnt/srv/d/e file',
      madeDirectory,
      'remove /.sllocal/localmnt/srv/d/a/f dir',
      madeFile,
    ]);
  });

  test.for([
    ['a directory', { '/srv/d/a/f/x': 'x' }],
    ['a file', { '/srv/d/e': 'data' }],
    ['a link', { '/srv/d/a/f': '-> /etc/passwd' }],
    ['a link', { '/srv/d/a': '-> /etc' }],
    ['a link', { '/srv/d/e': '-> /nowhere' }],
    ['a link', { '/srv/d/a': '-> a' }],
  ] as const)('%s in its place is left alone, and nothing is mounted there: %o', ([, found]) => {
    const kept = store({ ...filled, ...found }, { filled: ['/srv/d'] });
    expect(() => mountPoints(kept)).toThrow(
      failure('ERR_STATELITE_STORE', 'localdisk store', '/.sllocal/localmnt/srv/d'),
    );
  });

  test('in a T copy they are made without a record', () => {
    const table = [row('/srv/d/', 'tmpfs'), row('/srv/d/a/f', 'ro')];
    expect(mountPoints(store({}, { filled: [] }), table)).toEqual([
      'make /.statelite/tmpfs/srv/d/a/f',
    ]);
  });
});
