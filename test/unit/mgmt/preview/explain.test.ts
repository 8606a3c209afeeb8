import { describe, expect, test } from 'vitest';
import { formatLocation } from '../../../../agent/protocol/location.ts';
import type { Situation } from '../../../../agent/plan/situation.ts';
import { explain } from '../../../../mgmt/preview/explain.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { listedStore, situationOf, store, type Wishes } from '../../../helpers/situations.ts';

function explained(path: string, wishes: Wishes, groups = '') {
  const situation = situationOf(wishes);
  return explain(path, situation, { groups, rootName: (root) => nameIn(situation, root) });
}

function nameIn({ trees }: Situation, root: string): string {
  const tree = trees.find((one) => one.root === root)?.tree;
  if (tree !== undefined) return formatLocation(tree);
  return root === '/' || root === '/.default' ? 'image:' : root;
}

const image = {
  '/etc/motd': 'image',
  '/etc/app/own': 'image',
  '/etc/app/both': 'image',
  '/etc/app/dir/own': 'image',
  '/etc/app/link': '-> own',
  '/usr/lib/os': 'image',
  '/lib': '-> usr/lib',
  '/run': 'dir',
};
const trees = {
  'mn:/one': { '/etc/app/both': 'one', '/etc/app/dir/new': 'one', '/etc/motd': 'one' },
  'mn:/two': { '/etc/app/both': 'two', '/etc/app/two': 'two', '/etc/motd': 'two' },
};

describe('where a path of a node comes from', () => {
  const rows = [row('/etc/app/')];
  test.each([
    ['the first tree', '/etc/app/both', 'file', ['mn:/one/etc/app/both']],
    ['a later tree', '/etc/app/two', 'file', ['mn:/two/etc/app/two']],
    ['the image', '/etc/app/own', 'file', ['image:/etc/app/own']],
    ['the image below a merged directory', '/etc/app/dir/own', 'file', ['image:/etc/app/dir/own']],
    [
      'a directory of tree and image',
      '/etc/app/dir',
      'dir',
      ['mn:/one/etc/app/dir', 'image:/etc/app/dir'],
    ],
    [
      'the listed directory itself',
      '/etc/app',
      'dir',
      ['mn:/one/etc/app', 'mn:/two/etc/app', 'image:/etc/app'],
    ],
    ['a link that is copied as it is', '/etc/app/link', 'link', ['image:/etc/app/link']],
    ['nowhere', '/etc/app/none', 'missing', []],
    ['nowhere below a file', '/etc/app/own/none', 'missing', []],
    ['nowhere below a link, which is told', '/etc/app/link/x', 'missing', ['image:/etc/app/link']],
  ] as const)('%s', (_, path, kind, from) => {
    expect(explained(path, { rows, image, trees })).toMatchObject({ kind, from, writable: true });
  });

  test('a concatenated file is of every tree, and of the image only without them', () => {
    const con = [row('/etc/motd', 'con')];
    expect(explained('/etc/motd', { rows: con, image, trees }).from).toEqual([
      'mn:/one/etc/motd',
      'mn:/two/etc/motd',
    ]);
    expect(explained('/etc/motd', { rows: con, image }).from).toEqual(['image:/etc/motd']);
  });

  test('a read-only directory is the first source alone', () => {
    const ro = [row('/etc/app/', 'ro')];
    expect(explained('/etc/app', { rows: ro, image, trees })).toMatchObject({
      from: ['mn:/one/etc/app'],
      writable: false,
    });
    expect(explained('/etc/app/own', { rows: ro, image, trees }).kind).toBe('missing');
  });

  test('what a store keeps comes before every source (semantics 3.1)', () => {
    const wishes: Wishes = {
      rows: [row('/etc/app/', 'persistent')],
      image,
      trees,
      persistent: store({ '/etc/app/both': 'kept' }, { filled: ['/etc/app'] }),
    };
    expect(explained('/etc/app/both', wishes).from).toEqual([
      '/.statelite/persistent/etc/app/both',
    ]);
    expect(explained('/etc/app/own', wishes).kind).toBe('missing');
  });

  test('an unfinished copy in a store is completed from the sources', () => {
    const wishes: Wishes = {
      rows: [row('/etc/app/', 'persistent')],
      image,
      persistent: store({ '/etc/app/both': 'kept' }, { filled: [] }),
    };
    expect(explained('/etc/app/both', wishes).from).toEqual([
      '/.statelite/persistent/etc/app/both',
    ]);
    expect(explained('/etc/app/own', wishes).from).toEqual(['image:/etc/app/own']);
  });
});

describe('which row serves a path', () => {
  test('is its own, and those it beat are told', () => {
    const rows = [row('/etc/motd', 'tmpfs', 'ALL'), row('/etc/motd', 'ro', 'image')];
    expect(explained('/etc/motd', { rows, image })).toMatchObject({
      row: { file: '/etc/motd', options: 'ro', applies: 'image' },
      lost: [{ file: '/etc/motd', options: 'tmpfs', applies: 'ALL' }],
    });
  });

  test('is found by another name of the same place', () => {
    const found = explained('/lib/os', { rows: [row('/usr/lib/os')], image });
    expect(found).toMatchObject({ path: '/usr/lib/os', row: { file: '/usr/lib/os' } });
  });

  test('is that of the nearest directory above which is served', () => {
    const rows = [row('/etc/'), row('/etc/app/', 'persistent')];
    const found = explained('/etc/app/own', { rows, image, persistent: listedStore });
    expect(found.row?.file).toBe('/etc/app/');
  });

  test.each([
    [
      'the image has it',
      '/usr/lib/os',
      { kind: 'file', writable: false, from: ['image: /usr/lib/os'] },
    ],
    ['nothing has it', '/opt/none', { kind: 'missing', writable: false, from: [] }],
    ['it is made anew at every boot', '/run/x', { writable: true }],
  ])('is none where %s', (_, path, expected) => {
    expect(explained(path, { rows: [row('/etc/motd')], image })).toMatchObject({
      ...expected,
      row: undefined,
    });
  });

  test('is told, with the reason, where it cannot be served', () => {
    const found = explained('/etc/motd', { rows: [row('/etc/motd', 'link')], liteimg: [], image });
    expect(found).toMatchObject({ writable: false, row: { file: '/etc/motd' } });
    expect(found.reached).toContain('run liteimg');
  });

  test('cannot be that of the root', () => {
    expect(() => explained('/', { rows: [], image })).toThrow(
      failure('ERR_STATELITE_PATH', 'root itself'),
    );
  });
});

describe('how a path is reached and what stays', () => {
  test.each([
    ['tmpfs', 'is bound on /etc/motd', 'no: it is in memory'],
    ['link', 'a symlink in the image leads to /.statelite/tmpfs/etc/motd', 'no: it is in memory'],
    ['persistent', 'is bound on /etc/motd', 'yes: on the persistent store'],
    [
      'link,persistent',
      'a symlink in the image leads to /.statelite/persistent',
      'yes: on the pers',
    ],
    ['localdisk', 'is bound on /etc/motd', "yes: on the node's own disk"],
    ['ro', 'is bound on /etc/motd, read-only', 'it cannot be changed'],
    ['link,ro', 'a symlink in the image leads to /.default/etc/motd', 'it cannot be changed'],
  ])('%s', (option, reached, survives) => {
    const found = explained('/etc/motd', { rows: [row('/etc/motd', option)], image });
    expect(found.reached).toContain(reached);
    expect(found.survives).toContain(survives);
  });

  test('a symlink of the copy is told, and what is behind it is another path', () => {
    const rows = [row('/etc/app/')];
    const { reached } = explained('/etc/app/link/x', { rows, image });
    expect(reached).toContain('/etc/app/link is a symlink to own there: explain that path');
  });

  test('a child lies in the copy of the directory above', () => {
    const rows = [row('/etc/app/'), row('/etc/app/own')];
    expect(explained('/etc/app/own', { rows, image }).reached).toBe(
      'it is in the copy of /etc/app, at /.statelite/tmpfs/etc/app/own',
    );
  });

  test('a persistent path without its optional tree is volatile this time', () => {
    const found = explained('/etc/motd', {
      rows: [row('/etc/motd', 'persistent')],
      image,
      missingTrees: ['mn:/gone'],
    });
    expect(found.survives).toBe('no: it is volatile this time, although it is persistent');
  });

  test("the steps are the entry's own, in the words of the log", () => {
    expect(explained('/etc/motd', { rows: [row('/etc/motd')], image }).steps).toEqual([
      'copy /.default/etc/motd to /.statelite/tmpfs/etc/motd',
      'bind /.statelite/tmpfs/etc/motd on /etc/motd',
    ]);
  });
});
