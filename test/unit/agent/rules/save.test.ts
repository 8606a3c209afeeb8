import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Option } from '../../../../agent/rules/options.ts';
import { parsePath } from '../../../../agent/rules/path.ts';
import {
  formatSave,
  isPlanted,
  madeWithin,
  parseSave,
  type Saved,
} from '../../../../agent/rules/save.ts';

function saved(
  entries: Readonly<Record<string, readonly ['file' | 'dir', Option]>>,
  made: Readonly<Record<string, 'file' | 'dir'>> = {},
): Saved {
  return {
    entries: new Map(
      Object.entries(entries).map(([path, [type, option]]) => [path, { path, type, option }]),
    ),
    made: new Map(Object.entries(made)),
  };
}

describe('litefile.save (1.3, 4.1)', () => {
  test('is the stock line for each entry, then what was made', () => {
    const text = formatSave(
      'compute',
      saved(
        { '/var/log': ['dir', 'link,persistent'], '/etc/motd': ['file', 'link'] },
        { '/var/log': 'dir', '/etc/new': 'file' },
      ),
    );
    expect(text).toBe(
      [
        'compute: link          /etc/motd',
        'compute: link,persistent /var/log/',
        '# made /etc/new',
        '# made /var/log/',
        '',
      ].join('\n'),
    );
  });

  test('its lines are sorted by path, whatever the order of the entries', () => {
    const forth = { '/a': ['file', 'ro'], '/b': ['dir', 'con'], '/c': ['file', 'link'] } as const;
    const back = { '/c': forth['/c'], '/b': forth['/b'], '/a': forth['/a'] } as const;
    const text = formatSave('i', saved(forth, { '/n/x': 'file', '/n': 'dir' }));
    expect(text.match(/\/\S+/gu)).toEqual(['/a', '/b/', '/c', '/n/', '/n/x']);
    expect(formatSave('i', saved(back, { '/n': 'dir', '/n/x': 'file' }))).toBe(text);
  });

  test('stock lines are read: blank options, other words, a doubled slash', () => {
    const text = 'img:  /etc/a\nimg: tmpfs,rw      /etc/b\nimg: bind          /srv//\n\n# note\n';
    expect([...parseSave(text).entries.values()]).toEqual([
      { path: '/etc/a', type: 'file', option: 'link' },
      { path: '/etc/b', type: 'file', option: 'link' },
      { path: '/srv', type: 'dir', option: 'tmpfs' },
    ]);
  });

  test('a damaged line is named by its number', () => {
    expect(() => parseSave('img: link          /etc/a\ngarbage\n')).toThrow(
      'line 2 of litefile.save is not readable: garbage',
    );
  });

  test('what is written is what is read, for every path a row may have', () => {
    const odd = fc.constantFrom('\r', '\u2028', '\u0085', ' ', ':', '#', '\\', '\t');
    const letter = fc.oneof(odd, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }));
    const component = fc.string({ unit: letter, minLength: 1, maxLength: 8 });
    const path = fc
      .array(component, { minLength: 1, maxLength: 4 })
      .map((names) => `/${names.join('/')}`)
      .filter(isValidPath)
      .map((text) => parsePath(text).path);
    const type = fc.constantFrom('file' as const, 'dir' as const);
    const option = fc.constantFrom<Option>('tmpfs', 'link', 'link,persistent', 'ro', 'con');
    const entries = fc.array(fc.record({ path, type, option }), { maxLength: 6 });
    const made = fc.array(fc.tuple(path, type), { maxLength: 4 });
    fc.assert(
      fc.property(entries, made, (list, notes) => {
        const one = {
          entries: new Map(list.map((entry) => [entry.path, entry])),
          made: new Map(notes),
        };
        const read = parseSave(formatSave('rhel9-x86_64-statelite-compute', one));
        expect(read).toEqual(one);
      }),
    );
  });
});

function isValidPath(text: string): boolean {
  try {
    return parsePath(text).path !== '/';
  } catch {
    return false;
  }
}

describe('4.3 planted links', () => {
  const record = saved({
    '/var': ['dir', 'link'],
    '/var/log': ['dir', 'link,persistent'],
    '/etc/motd': ['file', 'link,ro'],
    '/etc/hosts': ['file', 'tmpfs'],
    '/opt/d': ['dir', 'tmpfs'],
  });

  test.for([
    ['/var', true],
    ['/var/log', false],
    ['/etc/motd', true],
    ['/etc/hosts', false],
    ['/etc/other', false],
  ] as const)('only the topmost link of a chain is planted: %s %s', ([path, expected]) => {
    expect(isPlanted(record, path)).toBe(expected);
  });

  test('what was made is found at and below a path', () => {
    const made = saved({}, { '/srv/d': 'dir', '/srv/d/x': 'file', '/srv/dd': 'dir' });
    expect(madeWithin(made, '/srv/d')).toEqual(['/srv/d', '/srv/d/x']);
  });
});

test('the slashes at the end of a damaged line are not looked for again from each of them', () => {
  const line = `img: tmpfs         ${'/'.repeat(200_000)}x`;
  expect([...parseSave(line).entries.keys()]).toHaveLength(1);
});
