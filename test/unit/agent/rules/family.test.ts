import { describe, expect, test } from 'vitest';
import { checkFamily, parentIn, refusedPairs } from '../../../../agent/rules/family.ts';
import type { Option } from '../../../../agent/rules/options.ts';
import { failure } from '../../../helpers/rows.ts';

const options = [
  'tmpfs',
  'persistent',
  'localdisk',
  'ro',
  'con',
  'link',
  'link,persistent',
  'link,ro',
  'link,con',
] as const satisfies readonly Option[];

/** Row: parent; column: child in the order above; x is refused. */
const matrix = {
  tmpfs: '.....xxxx',
  persistent: 'x.xxxxxxx',
  localdisk: '.....xxxx',
  ro: 'xxxxxxxxx',
  con: 'xxxxxxxxx',
  link: 'xxxxx....',
  'link,persistent': 'xxxxxx.xx',
  'link,ro': 'xxxxxxxxx',
  'link,con': 'xxxxxxxxx',
} as const satisfies Record<Option, string>;

const pairs = options.flatMap((parent) =>
  options.map((child, index) => ({ parent, child, refused: matrix[parent][index] === 'x' })),
);

function table(parent: Option, child: Option) {
  return new Map(
    [
      { path: '/srv/d', written: '/srv//d/', option: parent },
      { path: '/srv/d/sub/f', written: '/srv/d/sub/f', option: child },
    ].map((member) => [member.path, member]),
  );
}

describe('3.4 refused combinations', () => {
  test.for(pairs)('$child below $parent: refused $refused', ({ parent, child, refused }) => {
    const found = refusedPairs(table(parent, child));
    expect(found).toHaveLength(refused ? 1 : 0);
    if (!refused) return;
    expect(found[0]).toContain(`"/srv/d/sub/f" (${child})`);
    expect(found[0]).toContain(`"/srv//d/" (${parent})`);
  });

  test('a whole table is refused with every pair in one message', () => {
    const members = new Map([...table('ro', 'tmpfs'), ...renamed(table('persistent', 'ro'))]);
    expect(() => checkFamily(members)).toThrow(
      failure('ERR_STATELITE_TABLE', '"/srv/d/sub/f" (tmpfs)', '"/opt/d/sub/f" (ro)'),
    );
  });

  test('only the nearest listed ancestor counts (3.3)', () => {
    const members = new Map([
      ...table('tmpfs', 'persistent'),
      [
        '/srv/d/sub/f/g',
        { path: '/srv/d/sub/f/g', written: '/srv/d/sub/f/g', option: 'persistent' as const },
      ],
    ]);
    expect(refusedPairs(members)).toEqual([]);
  });
});

function renamed(members: ReturnType<typeof table>): ReturnType<typeof table> {
  return new Map(
    [...members.values()].map((member) => {
      const path = member.path.replace('/srv', '/opt');
      return [path, { ...member, path, written: path }];
    }),
  );
}

describe('3.3 the parent of an entry', () => {
  test('is its nearest listed ancestor, by whole names', () => {
    const members = new Map([
      ['/opt/var', 'the other'],
      ['/var', 'far'],
      ['/var/lib', 'near'],
    ]);
    expect(parentIn(members, '/var/lib/x/y')).toBe('near');
    expect(parentIn(members, '/var/run')).toBe('far');
    expect(parentIn(members, '/variant')).toBeUndefined();
    expect(parentIn(members, '/var')).toBeUndefined();
  });
});
