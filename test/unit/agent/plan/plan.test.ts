import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import type { Option } from '../../../../agent/rules/options.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { noticed, situationOf, told } from '../../../helpers/situations.ts';
import { type MemoryTree, memoryView } from '../../../helpers/views.ts';

type Type = 'file' | 'dir';

/** What stands in a root at /srv/p. */
const holding = (type: Type, text: string): MemoryTree =>
  type === 'file' ? { '/srv/p': text } : { '/srv/p/x': text };

/** Where the path is found, and the sources in order that follow from it (2). */
const finds = {
  'tree 1': { one: true, two: false, image: true },
  'tree 2': { one: false, two: true, image: true },
  'both trees': { one: true, two: true, image: true },
  'both trees, made by liteimg': { one: true, two: true, image: false },
  'the image only': { one: false, two: false, image: true },
  'nowhere, made by liteimg': { one: false, two: false, image: false },
} as const;

type Find = (typeof finds)[keyof typeof finds];

function sourcesOf({ one, two, image }: Find): string[] {
  const trees = [...(one ? ['mn:one/srv/p'] : []), ...(two ? ['mn:two/srv/p'] : [])];
  return image || trees.length === 0 ? [...trees, 'D/srv/p'] : trees;
}

/** The steps of a standalone entry; {first}, {all} and {joined} are its sources. */
const standalone: Record<Option, Partial<Record<Type, readonly string[]>>> = {
  tmpfs: {
    file: ['copy {first} to T/srv/p', 'bind T/srv/p on /srv/p'],
    dir: ['fill T/srv/p/ from {all}', 'bind T/srv/p on /srv/p'],
  },
  link: { file: ['copy {first} to T/srv/p'], dir: ['fill T/srv/p/ from {all}'] },
  con: { file: ['concatenate {joined} into T/srv/p', 'bind T/srv/p on /srv/p'] },
  'link,con': { file: ['concatenate {joined} into T/srv/p'] },
  persistent: {
    file: ['copy {first} to P/srv/p', 'bind P/srv/p on /srv/p'],
    dir: ['fill P/srv/p/ from {all}', 'bind P/srv/p on /srv/p'],
  },
  'link,persistent': {
    file: ['copy {first} to P/srv/p', 'link T/srv/p to P/srv/p'],
    dir: ['fill P/srv/p/ from {all}', 'link T/srv/p to P/srv/p'],
  },
  localdisk: {
    file: ['copy {first} to L/srv/p', 'bind L/srv/p on /srv/p'],
    dir: ['fill L/srv/p/ from {all}', 'bind L/srv/p on /srv/p'],
  },
  ro: {
    file: ['bind {first} on /srv/p read-only'],
    dir: ['bind {first} on /srv/p read-only'],
  },
  'link,ro': { file: ['link T/srv/p to {first}'], dir: ['link T/srv/p to {first}'] },
};

const cases = Object.entries(standalone).flatMap(([option, byType]) =>
  Object.entries(byType).flatMap(([type, steps]) =>
    Object.entries(finds).map(([where, find]) => ({
      option,
      type: type === 'dir' ? ('dir' as const) : ('file' as const),
      where,
      find,
      steps,
    })),
  ),
);

describe('3 a standalone entry, 2.3 what its store receives', () => {
  test.for(cases)('$option, $type, found in $where', ({ option, type, find, steps }) => {
    const sources = sourcesOf(find);
    const trees = sources.filter((source) => source.startsWith('mn:'));
    const decided = plan(
      situationOf({
        rows: [row(type === 'dir' ? '/srv/p/' : '/srv/p', option)],
        image: find.image ? holding(type, 'image') : {},
        trees: {
          'mn:/one': find.one ? holding(type, 'one') : {},
          'mn:/two': find.two ? holding(type, 'two') : {},
        },
      }),
    );
    const expected = steps.map((step) =>
      step
        .replace('{first}', sources[0] ?? '')
        .replace('{all}', sources.join(', '))
        .replace('{joined}', trees.length > 0 ? trees.join(', ') : 'D/srv/p'),
    );
    expect(told(decided)).toEqual(expected);
    expect(noticed(decided)).toEqual([]);
    expect(decided.counts).toEqual({ [option]: 1 });
  });
});

/** The steps of /srv/d/sub/p below /srv/d; {fill} is how the child's copy is made. */
const families: readonly (readonly [Option, Option, readonly string[], readonly string[]])[] = [
  ['tmpfs', 'tmpfs', ['{fill} T'], []],
  ['tmpfs', 'con', ['{fill} T'], []],
  ['tmpfs', 'persistent', ['{fill} P'], ['make T', 'bind P']],
  ['tmpfs', 'localdisk', ['{fill} L'], ['make T', 'bind L']],
  ['tmpfs', 'ro', [], ['make T', 'bind mn:one']],
  ['localdisk', 'tmpfs', ['{fill} T'], ['make L', 'bind T']],
  ['localdisk', 'con', ['{fill} T'], ['make L', 'bind T']],
  ['localdisk', 'persistent', ['{fill} P'], ['make L', 'bind P']],
  ['localdisk', 'localdisk', ['{fill} L'], []],
  ['localdisk', 'ro', [], ['make L', 'bind mn:one']],
  ['persistent', 'persistent', ['{fill} P'], []],
  ['link', 'link', ['{fill} T'], []],
  ['link', 'link,con', ['{fill} T'], []],
  ['link', 'link,persistent', ['{fill} P'], ['make T', 'bind P']],
  ['link', 'link,ro', [], ['make T', 'bind mn:one']],
  ['link,persistent', 'link,persistent', ['{fill} P'], []],
];

const familyCases = families.flatMap(([parent, child, content, reach]) =>
  (child.includes('con') ? (['file'] as const) : (['file', 'dir'] as const)).map((type) => ({
    parent,
    child,
    type,
    content,
    reach,
  })),
);

describe('3.3 a child and its parent', () => {
  test.for(familyCases)(
    '$child ($type) below $parent',
    ({ parent, child, type, content, reach }) => {
      const slash = type === 'dir' ? '/' : '';
      const p = '/srv/d/sub/p';
      const object = type === 'dir' ? { [`${p}/x`]: 'x' } : { [p]: 'x' };
      const decided = plan(
        situationOf({
          rows: [row('/srv/d/', parent), row(p + slash, child)],
          image: { ...object, '/srv/d/own': 'own' },
          trees: { 'mn:/one': object },
        }),
      );
      const how = child.includes('con')
        ? `concatenate mn:one${p} into`
        : type === 'dir'
          ? `fill mn:one${p}, D${p} in`
          : `copy mn:one${p} to`;
      const fill = (place: string) =>
        type === 'dir' ? `fill ${place}${p}/ from mn:one${p}, D${p}` : `${how} ${place}${p}`;
      const say = (step: string) => {
        const [verb, place = ''] = step.split(' ');
        if (verb === '{fill}') return fill(place);
        if (verb === 'make') return `make the mount point ${place}${p}${slash}`;
        return `bind ${place}${p} on ${p}${place === 'mn:one' ? ' read-only' : ''}`;
      };
      const store = parent.includes('persistent') ? 'P' : parent === 'localdisk' ? 'L' : 'T';
      const isPlanted = parent.startsWith('link');
      const parentReach = isPlanted
        ? parent === 'link,persistent'
          ? ['link T/srv/d to P/srv/d']
          : []
        : [`bind ${store}/srv/d on /srv/d`];
      expect(told(decided)).toEqual([
        `fill ${store}/srv/d/ from mn:one/srv/d, D/srv/d`,
        ...content.map(say),
        ...parentReach,
        ...reach.map(say),
      ]);
      expect(noticed(decided)).toEqual([]);
    },
  );

  test('three levels: each child counts from its nearest parent', () => {
    const rows = [
      row('/a/', 'tmpfs'),
      row('/a/b/', 'localdisk'),
      row('/a/b/c/', 'persistent'),
      row('/a/b/c/d', 'persistent'),
    ];
    const decided = plan(situationOf({ rows, image: { '/a/b/c/d': 'd' } }));
    expect(told(decided)).toEqual([
      'fill T/a/ from D/a',
      'fill L/a/b/ from D/a/b',
      'fill P/a/b/c/ from D/a/b/c',
      'copy D/a/b/c/d to P/a/b/c/d',
      'bind T/a on /a',
      'make the mount point T/a/b/',
      'bind L/a/b on /a/b',
      'make the mount point L/a/b/c/',
      'bind P/a/b/c on /a/b/c',
    ]);
  });

  test('a parent that is not in place leaves its children to the next one above', () => {
    const decided = plan(
      situationOf({
        rows: [row('/a/', 'tmpfs'), row('/a/b/', 'tmpfs'), row('/a/b/c', 'tmpfs')],
        liteimg: [row('/a/', 'tmpfs')],
        trees: { 'mn:/one': { '/a/b/c': 'c' } },
        image: { '/a/x': 'x' },
      }),
    );
    expect(told(decided)).toContain('copy mn:one/a/b/c to T/a/b/c');
  });

  test('what is filled for its own sake is left out of the parent (2.6)', () => {
    const { steps } = plan(
      situationOf({ rows: [row('/a/'), row('/a/b/c'), row('/a/b/'), row('/ab')], image: {} }),
    );
    const merges = steps.flatMap((step) => (step.kind === 'merge' ? [step] : []));
    expect(merges.map(({ path, leaveOut }) => ({ path, leaveOut }))).toEqual([
      { path: '/a', leaveOut: ['/a/b', '/a/b/c'] },
      { path: '/a/b', leaveOut: ['/a/b/c'] },
    ]);
  });
});

describe('2.4 what liteimg had to make lends no metadata', () => {
  const rows = [row('/srv/d/'), row('/srv/d/sub/p')];
  const one = { 'mn:/one': { '/srv/d/x': 'x' } };
  const made = ['/srv/d/sub', '/srv/d/sub/p'];

  test.for<[string, MemoryTree, Record<string, MemoryTree>, readonly string[]]>([
    ['below a directory of the image', { '/srv/d/own': 'o' }, {}, made],
    ['below one that a tree adds to', { '/srv/d/own': 'o' }, one, made],
    ['at the directory itself', {}, {}, [...made, '/srv/d']],
    ['where only a tree has the directory', {}, one, []],
  ])('%s', ([, image, trees, bare]) => {
    const { steps } = plan(situationOf({ rows, image, trees }));
    const merges = steps.flatMap((step) => (step.kind === 'merge' ? [step] : []));
    expect(merges.map((step) => step.bare.toSorted())).toEqual([bare.toSorted()]);
  });

  test('below a newly listed directory, which the image itself has', () => {
    const liteimg = [row('/srv/d/sub/p')];
    const image = { '/srv/d/own': 'o' };
    const { steps } = plan(situationOf({ rows: [row('/srv/d/')], liteimg, image }));
    expect(steps).toContainEqual(expect.objectContaining({ kind: 'merge', bare: made }));
  });
});

describe('3.6 read-only is read-only', () => {
  test('every plan begins with /.default bound read-only on itself', () => {
    expect(plan(situationOf({ rows: [] })).steps).toEqual([
      { kind: 'bind', source: '/.default', target: '/.default', readonly: true },
    ]);
  });

  test('but that of an image which liteimg never prepared', () => {
    const situation = situationOf({ rows: [], image: { '/etc': 'dir' } });
    const image = memoryView({ '/etc': 'dir' });
    expect(plan({ ...situation, image }).steps).toEqual([]);
  });

  test('ro binds are read-only, all others are not', () => {
    const rows = ['ro', 'tmpfs', 'con', 'persistent', 'localdisk'].map((o) => row(`/etc/${o}`, o));
    const { steps } = plan(situationOf({ rows }));
    const binds = steps.flatMap((step) => (step.kind === 'bind' ? [step] : []));
    expect(binds.map(({ target, readonly }) => [target, readonly])).toEqual([
      ['/.default', true],
      ['/etc/con', false],
      ['/etc/localdisk', false],
      ['/etc/persistent', false],
      ['/etc/ro', true],
      ['/etc/tmpfs', false],
    ]);
  });
});

describe('1.6 /etc/mtab', () => {
  const image = { '/etc/mtab': 'm', '/etc/x': 'x' };

  test('its T copy is a symlink to the kernel', () => {
    const decided = plan(situationOf({ rows: [row('/etc/mtab', 'persistent')], image }));
    expect(told(decided)).toEqual(['link T/etc/mtab to /proc/self/mounts']);
  });

  test.for(['tmpfs', 'link'])('in a T copy of /etc (%s) it becomes the symlink', (options) => {
    const steps = told(plan(situationOf({ rows: [row('/etc/', options)], image })));
    expect(steps.slice(0, 2)).toEqual([
      'fill T/etc/ from D/etc',
      'link T/etc/mtab to /proc/self/mounts',
    ]);
  });

  test.for(['persistent', 'link,persistent', 'localdisk', 'ro'])(
    'in /etc (%s) without a T copy it is left as it is',
    (options) => {
      const steps = told(plan(situationOf({ rows: [row('/etc/', options)], image })));
      expect(steps.filter((step) => step.includes('mtab'))).toEqual([]);
    },
  );
});

describe('3.5 missing stores', () => {
  test.for([
    ['persistent', 'persistent', 'statemnt'],
    ['link,persistent', 'persistent', 'statemnt'],
    ['localdisk', 'localdisk', 'local disk'],
  ] as const)('%s without its store is an error that names row, store and remedy', (given) => {
    const [options, name, remedy] = given;
    const none = { state: 'none' } as const;
    const situation = situationOf({
      rows: [row('/etc/a'), row('/srv//p', options)],
      persistent: none,
      localdisk: none,
    });
    expect(() => plan(situation)).toThrow(
      failure('ERR_STATELITE_STORE', `"/srv//p" (${options})`, name),
    );
    expect(() => plan(situation)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(remedy) }),
    );
  });

  test('a node without such rows needs no store', () => {
    const none = { state: 'none' } as const;
    const decided = plan(situationOf({ rows: [row('/a')], persistent: none, localdisk: none }));
    expect(told(decided, 'all')).toEqual(['copy D/a to T/a', 'bind T/a on /a']);
  });
});
