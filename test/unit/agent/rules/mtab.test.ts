import { describe, expect, test } from 'vitest';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import { type Entries, entriesOf } from '../../../../agent/rules/entries.ts';
import { mtabPlace } from '../../../../agent/rules/mtab.ts';
import { NotLookedAt, type View } from '../../../../agent/rules/view.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { row } from '../../../helpers/rows.ts';
import { type MemoryTree, memoryView } from '../../../helpers/views.ts';

function decided(rows: readonly LitefileRow[], image: MemoryTree): Entries {
  return entriesOf(rows, memoryView(image), nothingSaved);
}

const paths = ({ entries }: Entries) => [...entries.keys()];

describe('1.6 /etc/mtab', () => {
  const regular = { '/etc/mtab': 'rootfs / rootfs\n', '/etc/x': 'x' };
  const planted = { '/etc/mtab': '-> ../.statelite/tmpfs/etc/mtab' };

  test.for([
    ['a regular file', true, regular],
    ['a planted link', true, planted],
    ['a link to the kernel', false, { '/etc/mtab': '-> ../proc/self/mounts' }],
    ['a FIFO', false, { '/etc/mtab': 'fifo' }],
    ['a directory', false, { '/etc/mtab/x': 'x' }],
    ['missing', false, { '/etc': 'dir' }],
    ['without /etc', false, {}],
  ] as const)('%s: implicit %s', ([, implicit, image]) => {
    expect(decided([], image).entries.get('/etc/mtab')?.mtab ?? false).toBe(implicit);
  });

  test.for([
    row('/etc/mtab', 'persistent'),
    row('/etc/mtab/', 'con'),
    row('/conf/mtab', 'localdisk'),
    row('/conf/mtab', 'ro'),
  ])('a written row means the same: %o', (written) => {
    const found = decided([written], { ...regular, '/conf': '-> etc' });
    expect([...found.entries.values()]).toMatchObject([
      { path: '/etc/mtab', mtab: true, option: 'link' },
    ]);
  });

  test('rows that lead to it by a link never disagree', () => {
    const rows = [row('/conf/mtab', 'ro'), row('/conf/mtab', 'persistent')];
    const { entries } = decided(rows, { ...regular, '/conf': '-> etc' });
    expect(entries.get('/etc/mtab')?.row).toMatchObject({ written: '/conf/mtab', lost: [] });
  });

  test.for([
    { '/etc/mtab': '-> ../proc/self/mounts' },
    { '/etc': 'dir', '/proc': 'dir' },
    { '/etc/mtab/x': 'x' },
  ] as MemoryTree[])('a written row never causes a refusal: %o', (image) => {
    const rows = [row('/etc/mtab', 'persistent'), row('/conf/mtab', 'persistent')];
    expect(paths(decided(rows, { ...image, '/conf': '-> etc' }))).toEqual([]);
  });

  test.for([
    ['a file', { '/etc': 'file' }],
    ['a loop of links', { '/etc': '-> etc' }],
  ] as const)('not even where /etc is %s', ([, image]) => {
    expect(paths(decided([row('/etc/mtab', 'ro')], image))).toEqual([]);
  });

  test.for(['tmpfs', 'link', 'ro', 'persistent'])(
    'below a listed /etc (%s) it is no entry',
    (options) => {
      const found = decided([row('/etc/', options), row('/etc/mtab', 'ro')], regular);
      expect(paths(found)).toEqual(['/etc']);
      expect(found.mtabInCopy).toEqual({ parent: '/etc', path: '/etc/mtab' });
    },
  );

  test.for([
    ['a regular file', regular],
    ['a link', { '/etc/mtab': '-> ../proc/self/mounts' }],
    ['missing, but maybe in a tree', { '/etc': 'dir' }],
  ] as const)('a copy of /etc gets the symlink where the image has it as %s', ([, image]) => {
    expect(decided([row('/etc/')], image).mtabInCopy?.parent).toBe('/etc');
  });

  test('what nobody has looked at yet is asked for', () => {
    const unseen: View = {
      at() {
        throw new NotLookedAt('/etc');
      },
      names: () => [],
    };
    expect(() => mtabPlace(unseen, () => false)).toThrow(NotLookedAt);
  });

  test('it is where /etc leads to', () => {
    const image = { '/conf/mtab': 'x', '/etc': '-> conf' };
    expect(paths(decided([], image))).toEqual(['/conf/mtab']);
    expect(paths(decided([row('/conf/mtab', 'ro')], image))).toEqual(['/conf/mtab']);
    expect(decided([row('/conf/')], image).mtabInCopy).toEqual({
      parent: '/conf',
      path: '/conf/mtab',
    });
  });
});
