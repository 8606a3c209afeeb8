import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ancestors,
  below,
  components,
  depth,
  isBelow,
  isRuntime,
  isWithin,
  parentOf,
  parsePath,
} from '../../../../agent/rules/path.ts';
import { failure } from '../../../helpers/rows.ts';

describe('1.2 paths of litefile rows', () => {
  test.for([
    ['/etc/motd', '/etc/motd', false],
    ['/etc/', '/etc', true],
    ['//etc///ssh//', '/etc/ssh', true],
    ['/etc/...', '/etc/...', false],
    ['/etc/.hidden/..data', '/etc/.hidden/..data', false],
    ['/process', '/process', false],
    ['/system/dev', '/system/dev', false],
    ['/.statelite2', '/.statelite2', false],
  ] as const)('%s is the path %s, directory: %s', ([file, path, directory]) => {
    expect(parsePath(file)).toEqual({ path, directory });
  });

  test.for([
    '/etc/my file.conf',
    '/etc/a:b',
    '/etc/a&b.conf',
    '/etc/*?[x]',
    `/etc/"it's"`,
    '/etc/q$(echo${IFS}pwned).conf',
    '/etc/é.conf',
    '/etc/back\\slash',
    '/etc/tab\there\r',
    '/etc/ ',
    '/etc/\u2028line',
    '/etc/#hash',
  ])('%j is taken byte for byte', (file) => {
    expect(parsePath(file).path).toBe(file);
  });

  test.for([
    ['etc/motd', 'is not absolute'],
    ['', 'is not absolute'],
    ['/', 'is the root itself'],
    ['///', 'is the root itself'],
    ['/etc/../passwd', 'holds the component ".."'],
    ['/./etc', 'holds the component "."'],
    ['/etc/..', 'holds the component ".."'],
    ['/etc/a\0b', 'NUL'],
    ['/etc/a\nb', 'newline'],
    [`/etc/${'x'.repeat(256)}`, 'more than 255 bytes'],
    [`/etc/${'é'.repeat(128)}`, 'more than 255 bytes'],
    ['/proc', '/proc'],
    ['/proc/sys/net/', '/proc'],
    ['/sys/', '/sys'],
    ['/dev/shm', '/dev'],
    ['/.statelite/tmpfs', '/.statelite'],
    ['/.default/', '/.default'],
    ['/.default.links/etc', '/.default.links'],
    ['/.sllocal', '/.sllocal'],
    ['//dev//null', '/dev'],
    ['/.statelite.filled', 'a list of the persistent store'],
    ['/.statelite.made/', 'a list of the persistent store'],
    ['/etc/.statelite.new/x', '".statelite.new"'],
    ['/etc/\ud800', 'no valid text'],
  ])('%j is refused: %s', ([file, reason]) => {
    expect(() => parsePath(file ?? '')).toThrow(
      failure('ERR_STATELITE_ROW', JSON.stringify(file), reason ?? ''),
    );
  });

  test.for([
    ['many bytes', `/srv${`/${'x'.repeat(250)}`.repeat(15)}`],
    ['many directories', `/srv${'/d'.repeat(1000)}`],
  ])('a path of too %s is refused, and shortened in the message', ([, file = '']) => {
    const refused = expect.objectContaining({
      message: expect.stringMatching(/^.{400,450}…" is too/u),
    });
    expect(() => parsePath(file)).toThrow(refused);
  });

  test('a component of exactly 255 bytes is allowed', () => {
    expect(parsePath(`/${'x'.repeat(255)}`).path).toHaveLength(256);
  });

  test('whatever is accepted is a normal form that is accepted again as itself', () => {
    const component = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(component, { maxLength: 5 }), fc.boolean(), (names, slash) => {
        const file = `/${names.join('/')}${slash ? '/' : ''}`;
        const parsed = accepted(file);
        fc.pre(parsed !== undefined);
        expect(parsePath(parsed.path)).toEqual({ path: parsed.path, directory: false });
        expect(components(parsed.path).some((name) => name === '..' || name === '.')).toBe(false);
      }),
    );
  });
});

function accepted(file: string): ReturnType<typeof parsePath> | undefined {
  try {
    return parsePath(file);
  } catch {
    return undefined;
  }
}

describe('1.5 places that are left alone', () => {
  test.for([
    ['/run', true],
    ['/run/lock/x', true],
    ['/dev/shm', true],
    ['/proc/mounts', true],
    ['/sys', true],
    ['/runner', false],
    ['/var/run', false],
    ['/', false],
  ] as const)('%s: %s', ([path, expected]) => {
    expect(isRuntime(path)).toBe(expected);
  });
});

describe('path arithmetic', () => {
  test('below means by whole names', () => {
    expect(isBelow('/opt/var/run', '/opt/var')).toBe(true);
    expect(isBelow('/opt/variant', '/opt/var')).toBe(false);
    expect(isBelow('/opt', '/')).toBe(true);
    expect(isBelow('/', '/')).toBe(false);
    expect(isWithin('/opt', '/opt')).toBe(true);
    expect(isWithin('/opt/', '/opt')).toBe(true);
  });

  test('parents, depths and ancestors end at the root', () => {
    expect(parentOf('/a/b')).toBe('/a');
    expect(parentOf('/a')).toBe('/');
    expect(depth('/')).toBe(0);
    expect(depth('/a/b')).toBe(2);
    expect([...ancestors('/a/b/c')]).toEqual(['/a/b', '/a']);
    expect([...ancestors('/a')]).toEqual([]);
  });

  test.for([
    ['/', 'x', '/x'],
    ['/a', 'x', '/a/x'],
    ['/a', '/x/y', '/a/x/y'],
    ['/', '/x', '/x'],
  ] as const)('%s and %s are joined to %s', ([directory, path, joined]) => {
    expect(below(directory, path)).toBe(joined);
  });
});
