import { describe, expect, test } from 'vitest';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import { type Entries, entriesOf, type Entry } from '../../../../agent/rules/entries.ts';
import { nothingSaved, parseSave } from '../../../../agent/rules/save.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { type MemoryTree, memoryView } from '../../../helpers/views.ts';

function decided(rows: readonly LitefileRow[], image: MemoryTree, save = ''): Entries {
  return entriesOf(rows, memoryView(image), save === '' ? nothingSaved : parseSave(save));
}

function only(rows: readonly LitefileRow[], image: MemoryTree, save = ''): Entry {
  const [entry, ...rest] = decided(rows, image, save).entries.values();
  expect(rest).toEqual([]);
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

const paths = ({ entries }: Entries) => [...entries.keys()];

describe('1.1 rows of two written paths that are one place', () => {
  const image = { '/usr/lib/x': 'x', '/lib': '-> usr/lib', '/run': 'dir', '/var/run': '-> /run' };

  test('equal rows are one entry', () => {
    const entry = only([row('/lib/x', 'rw'), row('/usr/lib/x', 'tmpfs')], image);
    expect(entry).toMatchObject({ path: '/usr/lib/x', option: 'tmpfs' });
  });

  test('the more specific row wins', () => {
    const rows = [row('/usr/lib/x', 'ro', 'ALL'), row('/lib/x', 'persistent', 'group')];
    expect(only(rows, image)).toMatchObject({ written: '/lib/x', option: 'persistent' });
  });

  test('equally specific rows that disagree are refused, naming both as written', () => {
    expect(() => decided([row('/usr/lib/x', 'ro'), row('/lib/x', 'con')], image)).toThrow(
      failure('ERR_STATELITE_TABLE', '"/usr/lib/x" (ro)', '"/lib/x" (con)'),
    );
  });

  test('rows for one place that lost may disagree, also if they are written the same', () => {
    const rows = [row('/usr/lib/x', 'ro', 'image'), row('/lib/x', 'tmpfs'), row('/lib/x', 'con')];
    expect(only(rows, image)).toMatchObject({ written: '/usr/lib/x', option: 'ro' });
  });

  test('an entry knows every row that it beat, of either path', () => {
    const rows = [
      row('/lib/x', 'ro', 'blank'),
      row('/usr/lib/x', 'tmpfs', 'ALL'),
      row('/lib/x', 'persistent', 'group'),
      row('/usr/lib/x', 'con', 'image'),
    ];
    const { lost } = only(rows, image).row;
    expect(lost.map(({ option }) => option).toSorted()).toEqual(['persistent', 'ro', 'tmpfs']);
    expect(only(rows.slice(0, 1), image).row.lost).toEqual([]);
  });

  test('a row that lost cannot be refused for its store', () => {
    const rows = [row('/run/x', 'tmpfs', 'image'), row('/var/run/x', 'persistent', 'ALL')];
    expect(decided(rows, image).leftAlone).toEqual([{ written: '/run/x', place: '/run/x' }]);
  });
});

describe('1.3 the type of an entry', () => {
  const image = { '/etc/motd': 'm', '/etc/d/x': 'x', '/etc/fifo': 'fifo', '/etc/l': '-> d' };

  test.for([
    ['/etc/motd', 'file'],
    ['/etc/fifo', 'file'],
    ['/etc/d', 'dir'],
    ['/etc/d/', 'dir'],
    ['/etc/l', 'dir'],
    ['/etc/none', 'file'],
    ['/etc/none/', 'dir'],
  ] as const)('%s is a %s', ([file, type]) => {
    expect(only([row(file)], image).type).toBe(type);
  });

  test('a listed path with listed paths below it is a directory', () => {
    const { entries } = decided([row('/srv/new'), row('/srv/new/deep/x')], image);
    expect(entries.get('/srv/new')?.type).toBe('dir');
    expect(entries.get('/srv/new/deep/x')?.type).toBe('file');
  });

  test.for(['/etc/motd/', '/etc/fifo/'])('%s contradicts the image and is refused', (file) => {
    expect(() => decided([row(file)], image)).toThrow(
      failure('ERR_STATELITE_TABLE', JSON.stringify(file), 'is a file in the image'),
    );
  });

  test.for([
    [[row('/etc/motd/')], image, '', 'remove the trailing slash'],
    [
      [row('/etc/d'), row('/etc/d/x')],
      image,
      'img: tmpfs         /etc/d\n',
      'remove the rows below it',
    ],
  ] as const)('the hint tells what says directory: %o', ([rows, tree, save, hint]) => {
    expect(() => decided(rows, tree, save)).toThrow(expect.objectContaining({ hint }));
  });

  test('what liteimg recorded counts, whatever stands there now', () => {
    expect(only([row('/srv/d')], {}, 'img: tmpfs         /srv/d/\n').type).toBe('dir');
    expect(only([row('/etc/l')], image, 'img: tmpfs         /etc/l\n').type).toBe('file');
  });

  test('a file that liteimg only made does not contradict a slash written later', () => {
    const save = 'img: tmpfs         /etc/new\n# made /etc/new\n';
    expect(only([row('/etc/new/')], { '/etc/new': '' }, save)).toMatchObject({
      type: 'dir',
      original: undefined,
    });
  });

  test('the slash of a row that lost does not count', () => {
    const rows = [row('/etc/none', 'ro', 'image'), row('/etc/none/', 'ro', 'blank')];
    expect(only(rows, image).type).toBe('file');
  });

  test.for(['con', 'link,con'])('%s is refused for what is a directory in the image', (options) => {
    expect(() => decided([row('/etc/d', options)], image)).toThrow(
      failure('ERR_STATELITE_ROW', '"/etc/d"'),
    );
  });
});

describe('1.5 links in the image', () => {
  const image = {
    '/run/lock': 'dir',
    '/var/run': '-> /run',
    '/var/lock': '-> ../run/lock',
    '/etc/mtab.l': '-> /proc/self/mounts',
    '/tty': '-> dev/tty',
    '/d/real': 'r',
    '/d/alias': '-> real',
    '/d/up': '-> ..',
    '/d/here': '-> .',
    '/d/gone': '-> nowhere',
    '/d/sub/top': '-> /d',
    '/d/side': '-> ../e',
    '/e/x': 'x',
    '/own': '-> /.statelite/tmpfs/other',
    '/self': '-> /.default',
  };

  test.for([
    ['/run/', '/run'],
    ['/run/lock', '/run/lock'],
    ['/var/run/', '/run'],
    ['/var/run/utmp', '/run/utmp'],
    ['/var/lock/', '/run/lock'],
    ['/etc/mtab.l', '/proc/self/mounts'],
    ['/tty', '/dev/tty'],
  ] as const)('%s is left alone: it leads to %s', ([file, place]) => {
    const found = decided([row(file, '')], image);
    expect(paths(found)).toEqual([]);
    expect(found.leftAlone).toEqual([{ written: file, place }]);
  });

  test.for(['persistent', 'localdisk', 'link,persistent'])('%s is refused there', (options) => {
    expect(() => decided([row('/var/lock/', options)], image)).toThrow(
      failure('ERR_STATELITE_TABLE', '"/var/lock/"', options, '/run/lock'),
    );
  });

  test('what a link at the listed path leads to is the original', () => {
    expect(only([row('/d/alias')], image)).toMatchObject({
      path: '/d/alias',
      original: '/d/real',
      type: 'file',
    });
    expect(only([row('/d/side')], image)).toMatchObject({ original: '/e', type: 'dir' });
  });

  test.for(['/d/gone', '/d/up', '/d/here', '/d/sub/top'])('%s counts as missing', (file) => {
    expect(only([row(file)], image)).toMatchObject({ original: undefined, type: 'file' });
    expect(only([row(`${file}/`)], image)).toMatchObject({ original: undefined, type: 'dir' });
  });

  test('a link to a directory above itself counts as missing also below a listed link', () => {
    const tree = { '/a': '-> b', '/b/x': 'x', '/b/l': '-> .' };
    expect(decided([row('/a/'), row('/a/l')], tree).entries.get('/a/l')).toMatchObject({
      original: undefined,
    });
  });

  test('what is listed below such a link is missing too, wherever the link leads', () => {
    const tree = { '/up': '-> /', '/a/b': 'b', '/a/up': '-> ..' };
    const { entries } = decided([row('/up/'), row('/up/a/b'), row('/a/up/a')], tree);
    expect(entries.get('/up/a/b')).toMatchObject({ original: undefined, type: 'file' });
    expect(entries.get('/a')).toMatchObject({ original: '/a', written: '/a/up/a' });
  });

  test('a listed link counts as the object it leads to, and links to it use its name', () => {
    const tree = { '/a': '-> b', '/b/x': 'x', '/c': '-> a' };
    const { entries } = decided([row('/a/'), row('/c/x'), row('/b/x', 'ro')], tree);
    expect(entries.get('/a')).toMatchObject({ original: '/b', type: 'dir' });
    expect(entries.get('/a/x')).toMatchObject({ original: '/b/x', written: '/c/x' });
    expect(entries.get('/b/x')).toMatchObject({ option: 'ro' });
  });

  test('a dangling link above a path is resolved as written', () => {
    expect(only([row('/d/gone/x')], image)).toMatchObject({
      path: '/d/nowhere/x',
      original: undefined,
    });
  });

  test.for([
    ['/own/x', '.statelite'],
    ['/self/x', '.default'],
  ] as const)('%s leads into %s and is refused', ([file, place]) => {
    expect(() => decided([row(file)], image)).toThrow(
      failure('ERR_STATELITE_PATH', JSON.stringify(file), place),
    );
  });

  test('links that list each other are refused, not followed for ever', () => {
    const tree = { '/L': '-> /', '/m': '-> /' };
    expect(() => decided([row('/L/m'), row('/m/L')], tree)).toThrow(
      failure('ERR_STATELITE_TABLE', 'into each other'),
    );
  });

  test('what lies behind a mount point that liteimg made of a link is looked up in /.default', () => {
    const prepared = { '/a': 'dir', '/.default/a/x/y': 'y', '/.default.links/a': '-> b' };
    const { entries } = decided([row('/a/'), row('/a/x')], prepared, 'img: tmpfs         /a/\n');
    expect(entries.get('/a/x')).toMatchObject({ type: 'dir', original: '/.default/a/x' });
  });
});

describe('3.3, 3.4 the family of entries', () => {
  test('entries come by depth, parents first, whatever the table order', () => {
    const rows = ['/a/b/c', '/z', '/a/', '/a/b/', '/b/x'].map((file) => row(file));
    const expected = ['/a', '/z', '/a/b', '/b/x', '/a/b/c'];
    expect(paths(decided(rows, {}))).toEqual(expected);
    expect(paths(decided(rows.toReversed(), {}))).toEqual(expected);
  });

  test('parents are told by canonical paths', () => {
    const image = { '/usr/lib/x': 'dir', '/lib': '-> usr/lib' };
    expect(() => decided([row('/usr/lib/', 'persistent'), row('/lib/x', 'ro')], image)).toThrow(
      failure('ERR_STATELITE_TABLE', '"/lib/x" (ro)', '"/usr/lib/" (persistent)'),
    );
  });

  test.for(['con', 'link,con'])('a child of %s is refused as such', (options) => {
    expect(() => decided([row('/etc/x', options), row('/etc/x/y', 'link')], {})).toThrow(
      failure('ERR_STATELITE_TABLE', `"/etc/x" (${options})`, '"/etc/x/y" (link)'),
    );
  });

  test('a row that is left alone is no parent', () => {
    const image = { '/run': 'dir', '/var/run': '-> /run' };
    expect(paths(decided([row('/var/run/', 'ro'), row('/var/', '')], image))).toEqual(['/var']);
  });
});
