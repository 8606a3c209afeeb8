import { describe, expect, test } from 'vitest';
import type { Situation } from '../../../../agent/plan/situation.ts';
import { sourcesOf, type Sources } from '../../../../agent/plan/sources.ts';
import { row } from '../../../helpers/rows.ts';
import { situationOf, type Wishes } from '../../../helpers/situations.ts';
import type { MemoryTree } from '../../../helpers/views.ts';

function sources(file: string, option: string, wishes: Omit<Wishes, 'rows'>): Sources {
  return inSituation(situationOf({ rows: [row(file, option)], ...wishes }));
}

function inSituation(situation: Situation): Sources {
  const [entry] = situation.entries.entries.values();
  if (entry === undefined) throw new Error('no entry');
  return sourcesOf(entry, situation);
}

/** `root|path` of each source, mount points by the last part of their name. */
const from = (found: Sources) =>
  found.from.map(({ root, path }) => `${root.slice(root.lastIndexOf('/') + 1)}|${path}`);

const trees = (one: MemoryTree, two: MemoryTree = {}) => ({ 'mn:/one': one, 'mn:/two': two });

describe('2.1 a path is resolved inside the tree', () => {
  test.for([
    ['a relative link', { '/etc/real': 'r', '/etc/f': '-> real' }, '/etc/real'],
    ['an absolute link', { '/real': 'r', '/etc/f': '-> /real' }, '/real'],
    ['a link upwards', { '/real': 'r', '/etc/f': '-> ../../../real' }, '/real'],
    ['a link above', { '/other/f': 'r', '/etc': '-> other' }, '/other/f'],
    ['links in links', { '/a': '-> b', '/b': '-> /c', '/c/f': 'r', '/etc': '-> a' }, '/c/f'],
  ] as const)('%s', ([, tree, path]) => {
    const found = sources('/etc/f', 'tmpfs', { trees: trees(tree) });
    expect(from(found)).toEqual([`one|${path}`]);
    expect(found.warnings).toEqual([]);
  });

  test.for([
    ['a link that leads nowhere', { '/etc/f': '-> nowhere' }],
    ['a link into nothing', { '/etc': '-> /nowhere' }],
    ['a file above it', { '/etc': 'file' }],
    ['nothing', {}],
  ] as const)('%s is no hit', ([, tree]) => {
    const found = sources('/etc/f', 'tmpfs', { trees: trees(tree), image: { '/etc/f': 'f' } });
    expect(from(found)).toEqual(['.default|/etc/f']);
    expect(found.warnings).toEqual([]);
  });

  test('a loop of links is no hit, with a warning', () => {
    const found = sources('/etc/f', 'tmpfs', { trees: trees({ '/etc/f': '-> f' }) });
    expect(from(found)).toEqual(['.default|/etc/f']);
    expect(found.warnings).toEqual([expect.stringContaining('a loop of links at /etc/f')]);
  });

  test('in the image links stop at /.default', () => {
    const changed = { '/.default/etc/f': '-> /real', '/.default/real': 'r', '/real': 'not this' };
    const found = sources('/etc/f', 'tmpfs', { image: { '/etc/f': 'f' }, changed });
    expect(from(found)).toEqual(['.default|/real']);
  });

  test('a /.default that is a link is none', () => {
    const situation = situationOf({ rows: [row('/etc/f')], image: { '/etc/f': 'f' } });
    const at: typeof situation.image.at = (path) =>
      path === '/.default' ? { type: 'link', target: '/' } : situation.image.at(path);
    expect(from(inSituation({ ...situation, image: { ...situation.image, at } }))).toEqual([]);
  });
});

describe('2.2 what is no hit', () => {
  test('a directory without any entry hides nothing', () => {
    const found = sources('/srv/d/', 'tmpfs', {
      image: { '/srv/d/x': 'x' },
      trees: trees({ '/srv/d': 'dir' }, { '/srv/d/.hidden': 'h' }),
    });
    expect(from(found)).toEqual(['two|/srv/d', '.default|/srv/d']);
    expect(found.searched).toEqual(['mn:/one: an empty directory', 'mn:/two: yes', 'image: yes']);
  });

  test.for(['tmpfs', 'ro', 'persistent'])(
    'an empty directory in /.default counts (%s)',
    (option) => {
      expect(from(sources('/srv/d/', option, { image: { '/srv/d': 'dir' } }))).toEqual([
        '.default|/srv/d',
      ]);
    },
  );

  test.for([
    ['/etc/f', 'tmpfs', { '/etc/f/x': 'x' }, 'a directory'],
    ['/etc/f', 'tmpfs', { '/etc/f': '-> d', '/etc/d': 'dir' }, 'a directory'],
    ['/etc/f', 'con', { '/etc/f/x': 'x' }, 'a directory'],
    ['/srv/d/', 'ro', { '/srv/d': 'x' }, 'a file'],
    ['/etc/f', 'con', { '/etc/f': 'fifo' }, 'no regular file'],
    ['/etc/f', 'link,con', { '/etc/f': '-> p', '/etc/p': 'fifo' }, 'no regular file'],
  ] as const)('%s (%s) with %o is skipped, with a warning naming both', (given) => {
    const [file, option, tree, found] = given;
    const path = file.replace(/\/$/u, '');
    const fits = { [file.endsWith('/') ? `${path}/y` : path]: 'two' };
    const result = sources(file, option, { trees: trees(tree, fits) });
    expect(from(result)).toContain(`two|${path}`);
    expect(from(result)).not.toContain(`one|${path}`);
    expect(result.warnings).toHaveLength(1);
    for (const part of [JSON.stringify(file), option, 'mn:/one', found]) {
      expect(result.warnings[0]).toContain(part);
    }
  });

  test('anything but a directory is a file for other options', () => {
    expect(from(sources('/etc/f', 'tmpfs', { trees: trees({ '/etc/f': 'fifo' }) }))).toEqual([
      'one|/etc/f',
    ]);
  });
});

describe('2.3, 2.4 which sources take part', () => {
  const both = trees({ '/etc/f': '1' }, { '/etc/f': '2' });

  test.for(['con', 'link,con'])('%s takes the image only if no tree has one', (option) => {
    const image = { '/etc/f': 'image' };
    expect(from(sources('/etc/f', option, { image, trees: both }))).toEqual([
      'one|/etc/f',
      'two|/etc/f',
    ]);
    expect(from(sources('/etc/f', option, { image }))).toEqual(['.default|/etc/f']);
  });

  test('all others have the image as the last source', () => {
    const image = { '/etc/f': 'image' };
    expect(from(sources('/etc/f', 'ro', { image, trees: both }))).toEqual([
      'one|/etc/f',
      'two|/etc/f',
      '.default|/etc/f',
    ]);
  });

  test('what liteimg had to make is a source only if no tree has the path', () => {
    const one = trees({ '/srv/d/x': 'x' });
    expect(from(sources('/srv/d/', 'tmpfs', { trees: one }))).toEqual(['one|/srv/d']);
    expect(from(sources('/srv/d/', 'tmpfs', { trees: trees({}) }))).toEqual(['.default|/srv/d']);
    expect(sources('/srv/d/', 'tmpfs', { trees: one }).searched).toEqual([
      'mn:/one: yes',
      'mn:/two: no',
      'image: not needed',
    ]);
  });
});

describe('5.5 a row that the image was not made for', () => {
  const image = { '/etc/f': 'f', '/etc/d/x': 'x', '/etc/p': 'fifo', '/etc/d/planted': 'p' };

  test.for([
    ['/etc/f', 'tmpfs', ['|/etc/f']],
    ['/etc/d/', 'tmpfs', ['|/etc/d']],
    ['/etc/d/', 'ro', ['|/etc/d']],
    ['/etc/p', 'tmpfs', ['|/etc/p']],
    ['/etc/p', 'con', []],
    ['/etc/new', 'tmpfs', []],
  ] as const)('%s (%s) has the image itself as the last source', ([file, option, expected]) => {
    expect(from(sources(file, option, { image, liteimg: [] }))).toEqual(expected);
  });

  test('links in the image are followed', () => {
    const linked = { '/etc/f': '-> ../usr/f', '/usr/f': 'f' };
    expect(from(sources('/etc/f', 'tmpfs', { image: linked, liteimg: [] }))).toEqual(['|/usr/f']);
  });

  test('in a directory that liteimg mirrored, /.default has it', () => {
    const liteimg = [row('/etc/d/', 'tmpfs')];
    expect(from(sources('/etc/d/x', 'tmpfs', { image, liteimg }))).toEqual(['.default|/etc/d/x']);
  });

  test('in such a directory, what came later is taken from the image', () => {
    const liteimg = [row('/etc/d/', 'tmpfs')];
    const changed = { '/etc/d/later': 'l' };
    expect(from(sources('/etc/d/later', 'tmpfs', { image, liteimg, changed }))).toEqual([
      '|/etc/d/later',
    ]);
  });

  test('a directory above planted links is the originals over the image itself', () => {
    const liteimg = [row('/etc/d/planted', 'link')];
    expect(from(sources('/etc/d/', 'tmpfs', { image, liteimg }))).toEqual([
      '.default|/etc/d',
      '|/etc/d',
    ]);
    expect(from(sources('/etc/d/', 'ro', { image, liteimg }))).toEqual(['|/etc/d']);
  });
});
