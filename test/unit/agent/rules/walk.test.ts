import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lexical, plantedOriginal, resolve, walkListed } from '../../../../agent/rules/walk.ts';
import { failure } from '../../../helpers/rows.ts';
import { anyImage, anyPath } from '../../../helpers/arbitrary.ts';
import { type MemoryTree, memoryView } from '../../../helpers/views.ts';

const image: MemoryTree = {
  '/etc/motd': 'hello',
  '/etc/alias': '-> motd',
  '/etc/up': '-> ../../../..',
  '/etc/abs': '-> /etc/motd',
  '/etc/dangling': '-> nowhere/deep',
  '/etc/onto': '-> motd/x',
  '/loop/a': '-> b',
  '/loop/b': '-> a',
  '/var/run': '-> /run',
  '/run': 'dir',
  '/lib': '-> usr/lib',
  '/usr/lib/mod/x': 'x',
};

describe('2.1 a path is resolved inside its root', () => {
  test.for([
    ['/etc/motd', '/etc/motd', 'file', 0],
    ['/etc/alias', '/etc/motd', 'file', 1],
    ['/etc/abs', '/etc/motd', 'file', 1],
    ['/etc/up', '/', 'dir', 1],
    ['/etc/up/lib/mod', '/usr/lib/mod', 'dir', 2],
    ['/lib/mod/x', '/usr/lib/mod/x', 'file', 1],
    ['/etc/dangling', '/etc/nowhere/deep', 'missing', 1],
    ['/etc/dangling/x', '/etc/nowhere/deep/x', 'missing', 1],
    ['/no/such/dir', '/no/such/dir', 'missing', 0],
    ['/usr/lib/../lib/mod', '/usr/lib/mod', 'dir', 0],
    ['/usr/lib/mod/..', '/usr/lib', 'dir', 0],
    ['/usr/./lib/.', '/usr/lib', 'dir', 0],
    ['/../..', '/', 'dir', 0],
    ['/', '/', 'dir', 0],
  ] as const)('%s is %s, %s, behind %d links', ([path, place, type, links]) => {
    expect(resolve(memoryView(image), path)).toMatchObject({ path: place, fact: { type }, links });
  });

  test.for([
    ['/etc/dangling', true],
    ['/etc/dangling/x', true],
    ['/lib/missing/x', false],
    ['/etc/none', false],
    ['/etc/alias', false],
  ] as const)('%s is behind a link that leads nowhere: %s', ([path, dangling]) => {
    expect(resolve(memoryView(image), path)).toMatchObject({ dangling });
  });

  test.for([
    ['/loop/a', 'loop', '/loop/a'],
    ['/loop/a/x', 'loop', '/loop/a'],
    ['/etc/motd/x', 'file', '/etc/motd'],
    ['/etc/alias/x', 'file', '/etc/motd'],
    ['/etc/onto', 'file', '/etc/motd'],
  ] as const)('%s ends in a %s at %s', ([path, blocked, at]) => {
    expect(resolve(memoryView(image), path)).toEqual({ blocked, at });
  });

  test.for([
    [40, true],
    [41, false],
  ] as const)('%d links in a row are followed: %s, as by the kernel', ([count, followed]) => {
    const chain = Array.from({ length: count }, (_, n) => [`/l${n}`, `-> l${n + 1}`] as const);
    const view = memoryView({ ...Object.fromEntries(chain), [`/l${count}`]: 'end' });
    expect('path' in resolve(view, '/l0')).toBe(followed);
  });

  test('no tree of links leads outside, and every result is free of links', () => {
    fc.assert(
      fc.property(anyImage, anyPath, (tree, path) => {
        const view = memoryView(tree);
        const found = resolve(view, path);
        fc.pre('path' in found);
        expect(found.path).toMatch(/^\//u);
        expect(found.path.split('/')).not.toContain('..');
        expect(resolve(view, found.path)).toEqual({ ...found, links: 0, dangling: false });
      }),
    );
  });
});

describe('4.1 planted links', () => {
  test.for([
    ['/etc/motd', '../.statelite/tmpfs/etc/motd', '/.default/etc/motd'],
    ['/etc/motd', '/.statelite/tmpfs/etc/motd', '/.default/etc/motd'],
    ['/x', '.statelite/tmpfs/x', '/.default/x'],
    ['/x', './.statelite//tmpfs/x', '/.default/x'],
    ['/a/b/c', '../../.statelite/tmpfs/a/b/c', '/.default/a/b/c'],
    ['/a/b/c', '../.statelite/tmpfs/a/b/c', undefined],
    ['/etc/motd', '/.statelite/tmpfs/etc/issue', undefined],
    ['/etc/motd', 'issue', undefined],
  ] as const)('%s -> %s stands for %s', ([path, to, original]) => {
    expect(plantedOriginal(path, to)).toBe(original);
  });

  test.for([
    ['/a/b', '../c', '/a/c'],
    ['/a/b', '/c/./d', '/c/d'],
    ['/', '../../x', '/x'],
  ] as const)('in %s the target %s is %s', ([directory, to, place]) => {
    expect(lexical(directory, to)).toBe(place);
  });
});

function walk(path: string, listed: readonly string[] = [], tree: MemoryTree = image) {
  return walkListed(memoryView(tree), path, (at) => listed.includes(at));
}

describe('1.5 a listed path', () => {
  test.for([
    ['/lib/mod', '/usr/lib/mod', '/usr/lib/mod'],
    ['/lib', '/lib', '/usr/lib'],
    ['/var/run/x', '/run/x', '/run/x'],
    ['/var/run', '/var/run', '/run'],
    ['/etc/up/etc/motd', '/etc/motd', '/etc/motd'],
    ['/etc/dangling/x', '/etc/nowhere/deep/x', '/etc/nowhere/deep/x'],
    ['/new/x', '/new/x', '/new/x'],
    ['/etc/alias', '/etc/alias', '/etc/motd'],
  ] as const)('%s is %s, and its original is at %s', ([path, canonical, original]) => {
    expect(walk(path)).toMatchObject({ canonical, original: { path: original } });
  });

  test.for([
    ['./usr/./lib', '/usr/lib/mod'],
    ['usr/../usr/lib', '/usr/lib/mod'],
    ['../../usr/lib', '/usr/lib/mod'],
    ['/./usr/lib/', '/usr/lib/mod'],
  ] as const)('a link above it to "%s" makes it %s', ([target, canonical]) => {
    const tree = { '/l': `-> ${target}`, '/usr/lib/mod/x': 'x' };
    expect(walk('/l/mod', [], tree)).toMatchObject({ canonical, real: canonical });
  });

  test('40 links in a row above it are followed, as by the kernel; 41 are a loop', () => {
    const chain = Array.from({ length: 41 }, (_, n) => [`/l${n}`, `-> l${n + 1}`] as const);
    const tree = { ...Object.fromEntries(chain), '/l41/x': 'end' };
    expect(walk('/l1/x', [], tree)).toMatchObject({ canonical: '/l41/x' });
    expect(() => walk('/l0/x', [], tree)).toThrow(
      failure('ERR_STATELITE_PATH', '"/l0/x"', 'loop of links at /l40'),
    );
  });

  test('the root is none: a row cannot name it (1.2)', () => {
    expect(() => walk('/')).toThrow(new Error('the root is no listed path'));
  });

  test('a listed link counts as the object it leads to', () => {
    expect(walk('/lib/mod/x', ['/lib'])).toMatchObject({
      canonical: '/lib/mod/x',
      original: { path: '/usr/lib/mod/x' },
    });
  });

  test('an unlisted link to a listed link is told by the listed name', () => {
    const tree = { '/a': '-> b', '/b/x': 'x', '/c': '-> a', '/d': '-> /c' };
    expect(walk('/c/x', ['/a'], tree)).toMatchObject({
      canonical: '/a/x',
      original: { path: '/b/x' },
    });
    expect(walk('/d/x', ['/a'], tree)).toMatchObject({ canonical: '/a/x' });
    expect(walk('/d/x', ['/a', '/d'], tree)).toMatchObject({ canonical: '/d/x' });
  });

  test('below a listed link, links inside its object keep its name', () => {
    const tree = {
      '/a': '-> b',
      '/b/real/x': 'x',
      '/b/l': '-> real',
      '/b/out': '-> ../e',
      '/e': 'dir',
    };
    expect(walk('/a/l/x', ['/a'], tree)).toMatchObject({
      canonical: '/a/real/x',
      original: { path: '/b/real/x' },
    });
    expect(walk('/a/out/x', ['/a'], tree)).toMatchObject({ canonical: '/e/x' });
  });

  test('behind a planted link it is told by its place in the image', () => {
    const tree = {
      '/etc': '-> .statelite/tmpfs/etc',
      '/.default/etc/ssh/key': 'k',
      '/conf': '-> etc/ssh',
    };
    expect(walk('/etc/ssh/key', ['/etc'], tree)).toMatchObject({
      canonical: '/etc/ssh/key',
      original: { path: '/.default/etc/ssh/key', fact: { type: 'file' } },
    });
    expect(walk('/conf/key', [], tree)).toMatchObject({ canonical: '/etc/ssh/key' });
  });

  test.for([
    ['/loop/a/x', 'loop'],
    ['/loop/a', 'loop'],
    ['/etc/motd/x', '/etc/motd above it'],
    ['/etc/alias/x', '/etc/motd above it'],
    ['/etc/onto', '/etc/motd above it'],
  ] as const)('%s is refused: %s', ([path, reason]) => {
    expect(() => walk(path)).toThrow(failure('ERR_STATELITE_PATH', JSON.stringify(path), reason));
  });
});
