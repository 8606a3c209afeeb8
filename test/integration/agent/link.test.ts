import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Boot,
  bootCase,
  type Booted,
  boots,
  type Given,
  plantCase,
} from '../../helpers/boots.ts';
import { row } from '../../helpers/rows.ts';
import { snapshot } from '../../helpers/snapshot.ts';
import { tempRoot } from '../../helpers/tree.ts';

const temp = await tempRoot();
afterAll(() => temp.remove());

const booted = (name: string, given: Given, ...wishes: readonly Partial<Boot>[]) =>
  bootCase(join(temp.path, name), given, wishes);

const fileOptions: readonly string[] = [
  'tmpfs',
  'link',
  'persistent',
  'link,persistent',
  'localdisk',
  'ro',
  'link,ro',
  'con',
  'link,con',
];
const dirOptions = fileOptions.filter((option) => !option.includes('con'));
const finds = ['one', 'two', 'both', 'image', 'nowhere'] as const;
const keeps = (option: string) => /persistent|localdisk/u.test(option);
const isReadOnly = (option: string) => option.includes('ro');

const standalone = [
  ...fileOptions.flatMap((option) =>
    finds.map((find) => ({ option, find, type: 'file' as const })),
  ),
  ...dirOptions.flatMap((option) => finds.map((find) => ({ option, find, type: 'dir' as const }))),
].map((one) => ({ ...one, path: `/srv/${one.option}-${one.type}/${one.find}` }));

type Standalone = (typeof standalone)[number];

/** The sources that have a path, best first, by name. */
function holders({ find }: Standalone): string[] {
  const trees = { one: ['one'], two: ['two'], both: ['one', 'two'], image: [], nowhere: [] }[find];
  return find === 'nowhere' ? [] : [...trees, 'image'];
}

/** What one source holds of all the standalone rows: in a directory, a common name and one of its own. */
function holding(source: string) {
  const mine = standalone.filter((one) => holders(one).includes(source));
  return Object.fromEntries(
    mine.flatMap(({ path, type }) =>
      type === 'file'
        ? [[path, `${source}\n`]]
        : [
            [`${path}/common`, source],
            [`${path}/${source}`, source],
          ],
    ),
  );
}

function expectedContent(one: Standalone) {
  const sources = holders(one);
  const [first = ''] = sources;
  const trees = sources.filter((source) => source !== 'image');
  if (one.type === 'file') {
    const joined = one.option.includes('con') && trees.length > 0 ? trees : [first];
    return joined.map((source) => (source === '' ? '' : `${source}\n`)).join('');
  }
  const taken = isReadOnly(one.option) ? sources.slice(0, 1) : sources;
  const own = taken.map((source) => [`/${source}`, source]);
  return Object.fromEntries(taken.length === 0 ? [] : [['/common', first], ...own]);
}

describe('3 standalone entries as the node sees them', () => {
  let first: Booted | undefined;
  let second: Booted | undefined;

  beforeAll(async () => {
    const rows = standalone.map(({ path, option, type }) =>
      row(type === 'dir' ? `${path}/` : path, option),
    );
    const writable = standalone.filter(({ option }) => !isReadOnly(option));
    const writes = writable.map(({ path, type }) => [
      type === 'dir' ? `${path}/new` : path,
      'node',
    ]);
    const look = standalone.map(({ path }) => path);
    const trees = { one: holding('one'), two: holding('two') };
    [first, second] = await booted(
      'standalone',
      { rows, image: holding('image'), trees },
      { look, writes: Object.fromEntries(writes) },
      { look },
    );
  });

  test('nothing is worth a notice', () => {
    expect(first).toMatchObject({ failure: null, notices: [] });
    expect(second).toMatchObject({ failure: null, notices: [] });
  });

  test.for(standalone)('$option, $type, found in: $find', (one) => {
    expect(first?.seen[one.path]).toMatchObject({
      type: one.type,
      content: expectedContent(one),
      writable: !isReadOnly(one.option),
    });
  });

  test.for(standalone.filter(({ option }) => !isReadOnly(option)))(
    'what the node writes to $option, $type ($find) survives a reboot only in a store that keeps',
    (one) => {
      const fresh = expectedContent(one);
      const changed = one.type === 'file' ? 'node' : Object.assign({ '/new': 'node' }, fresh);
      expect(second?.seen[one.path]?.content).toEqual(keeps(one.option) ? changed : fresh);
    },
  );

  test('concatenated files are 0644 root:root (2.3)', () => {
    const joined = standalone.filter(({ option }) => option.includes('con'));
    for (const { path } of joined) {
      expect(first?.seen[path]).toMatchObject({ mode: '644', owner: '0:0' });
    }
  });

  test('/.default is read-only (3.6), and links are not mounted', () => {
    expect(first?.mounts).toContain('/.default');
    const mounted = standalone.filter(({ path }) => first?.mounts.includes(path));
    expect(new Set(mounted.map(({ option }) => option))).toEqual(
      new Set(['tmpfs', 'persistent', 'localdisk', 'ro', 'con']),
    );
  });
});

const families = [
  ['tmpfs', ['tmpfs', 'persistent', 'localdisk', 'ro', 'con']],
  ['localdisk', ['tmpfs', 'persistent', 'localdisk', 'ro', 'con']],
  ['persistent', ['persistent']],
  ['link', ['link', 'link,persistent', 'link,ro', 'link,con']],
  ['link,persistent', ['link,persistent']],
] as const;

describe('3.3 children as the node sees them', () => {
  test.for(families)('below %s: %s', async ([parent, children]) => {
    const top = `/srv/p/`;
    const files = children.map((child) => [child, `${top}sub/${child}`] as const);
    const directories = children
      .filter((child) => !child.includes('con'))
      .map((child) => [child, `${top}${child}-d`] as const);
    const at = (source: string) =>
      Object.fromEntries([
        ...files.map(([, path]) => [path, source]),
        ...directories.map(([, path]) => [`${path}/${source}`, source]),
        [`${top}sub/${source}`, source],
      ]);
    const rows = [
      row(top, parent),
      ...files.map(([child, path]) => row(path, child)),
      ...directories.map(([child, path]) => row(`${path}/`, child)),
    ];
    const look = [...rows.map(({ file }) => file), `${top}sub/`];
    const written = [...files, ...directories.map(([c, path]) => [c, `${path}/new`] as const)]
      .filter(([child]) => !isReadOnly(child))
      .map(([, path]) => [path, 'node']);
    const [first, second] = await booted(
      `family-${parent}`,
      { rows, image: at('image'), trees: { one: at('one') } },
      { look, writes: Object.fromEntries(written) },
      { look },
    );
    expect(first).toMatchObject({ failure: null, notices: [] });
    expect(second).toMatchObject({ failure: null, notices: [] });
    for (const [child, path] of files) {
      const writable = !isReadOnly(child);
      expect(first?.seen[path]).toMatchObject({ type: 'file', content: 'one', writable });
      const kept = keeps(child) ? 'node' : 'one';
      expect([path, second?.seen[path]?.content]).toEqual([path, kept]);
    }
    for (const [child, path] of directories) {
      const merged = isReadOnly(child) ? { '/one': 'one' } : { '/image': 'image', '/one': 'one' };
      const kept = keeps(child) ? { ...merged, '/new': 'node' } : merged;
      expect(first?.seen[`${path}/`]).toMatchObject({
        content: merged,
        writable: !isReadOnly(child),
      });
      expect(second?.seen[`${path}/`]?.content).toEqual(kept);
    }
    expect(Object.keys(first?.seen[`${top}sub/`]?.content ?? {}).toSorted()).toEqual(
      ['/image', '/one', ...children.map((child) => `/${child}`)].toSorted(),
    );
  });
});

describe('1.6 /etc/mtab', () => {
  test.for([
    ['by itself', []],
    ['in a copy of /etc', [row('/etc/', 'tmpfs')]],
    ['in a linked copy of /etc', [row('/etc/', 'link')]],
  ] as const)('%s it shows the mounts of the node', async ([name, rows]) => {
    const image = { '/etc/mtab': 'stale', '/etc/x': 'x', '/proc/self/mounts': 'of the kernel' };
    const trees = { one: { '/etc/mtab/odd': 'a directory' } };
    const [result] = await booted(
      `mtab ${name}`,
      { rows, image, trees },
      { look: ['/etc/mtab', '/.statelite/tmpfs/etc/mtab'] },
    );
    expect(result?.seen['/etc/mtab']).toMatchObject({ content: 'of the kernel' });
  });
});

describe('5.5 a table newer than the image', () => {
  const image = { '/etc/f': 'f', '/etc/d/x': 'x', '/etc/d/planted': 'p', '/etc/d/sub/y': 'y' };

  test('new rows are served from the image itself, with their children', async () => {
    const rows = [row('/etc/d/', 'tmpfs'), row('/etc/d/sub/y', 'persistent'), row('/etc/f', 'con')];
    const [result] = await booted(
      'newer',
      { rows, image, liteimg: [row('/etc/d/planted', 'link')] },
      { look: ['/etc/d', '/etc/f', '/etc/d/sub/y'] },
    );
    expect(result).toMatchObject({ failure: null, notices: [] });
    expect(result?.seen['/etc/d']).toMatchObject({
      content: { '/planted': 'p', '/sub': 'dir', '/sub/y': 'y', '/x': 'x' },
      writable: true,
    });
    expect(result?.mounts.slice(-3)).toEqual(['/etc/d', '/etc/f', '/etc/d/sub/y']);
  });

  test('what needs liteimg is not served, and the rest of the node is', async () => {
    const rows = [row('/etc/f', 'link'), row('/etc/none', 'tmpfs'), row('/etc/d/x', 'tmpfs')];
    const [result] = await booted(
      'stale',
      {
        rows,
        image,
        liteimg: [row('/etc/d/planted', 'link')],
        trees: { one: { '/etc/none': 'n' } },
      },
      { look: ['/etc/f', '/etc/d/planted', '/etc/d/x', '/etc/none'] },
    );
    expect(result?.notices).toEqual([
      expect.stringMatching(/^degraded: "\/etc\/f" .*run liteimg$/u),
      expect.stringMatching(/^degraded: "\/etc\/none" .*run liteimg$/u),
      expect.stringMatching(/^warning: "\/etc\/d\/planted" .*run liteimg$/u),
    ]);
    expect(result?.seen).toMatchObject({
      '/etc/f': { content: 'f', writable: false },
      '/etc/d/planted': { content: 'p', writable: false },
      '/etc/d/x': { content: 'x', writable: true },
      '/etc/none': { type: 'missing' },
    });
  });
});

test('5.6 a table that liteimg would refuse is an error before anything is done', async () => {
  const rows = [row('/srv/d/', 'persistent'), row('/srv/d/x', 'ro')];
  const at = join(temp.path, 'refused');
  const boot = plantCase(at, { rows: [] });
  const [result] = await boots([{ ...boot, rows }]);
  expect(result).toMatchObject({ failure: { code: 'ERR_STATELITE_TABLE' }, mounts: [] });
  expect(snapshot(join(at, 'persistent'))).toEqual({});
});
