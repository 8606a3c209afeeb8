import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { situationOf, store } from '../../../helpers/situations.ts';
import type { MemoryTree } from '../../../helpers/views.ts';

const image = { '/a': 'a', '/b/a': 'b', '/p/c': 'c', '/p/d/x': 'x' };

function planned(rows: readonly string[], kept: MemoryTree) {
  return plan(
    situationOf({
      rows: rows.map((file) => row(file, 'persistent')),
      image,
      persistent: store(kept, { filled: [] }),
    }),
  );
}

describe('3.1 links in a store', () => {
  test.for<[string, readonly string[], MemoryTree, string]>([
    ["another entry's copy", ['/a', '/b/a'], { '/b': '-> /' }, '"/a" (persistent)'],
    ['the store itself', ['/p/'], { '/p': '-> /' }, 'a link to the store itself'],
    ['a copy above its own', ['/p/', '/p/d/'], { '/p/d': '-> .' }, '"/p/" (persistent)'],
    ['what holds the copy of another', ['/p/', '/b/a'], { '/p': '-> b', '/b/a': 'b' }, '"/b/a"'],
  ])('must not lead to %s', ([, rows, kept, named]) => {
    expect(() => planned(rows, kept)).toThrow(failure('ERR_STATELITE_STORE', named));
  });

  test.for<[string, string]>([
    ['out of the copy that the node sees', '-> ../q/c'],
    ['through what the node does not see', '-> ../q/back'],
    ['to the root of the node', '-> /'],
  ])('must not lead %s, where a listed path is', ([, link]) => {
    const kept = { '/p/c': link, '/p/c.1': 'c', '/q/c': 'c', '/q/back': '-> ../p/c.1' };
    expect(() => planned(['/p/', '/p/c'], kept)).toThrow(failure('ERR_STATELITE_STORE', '/p/c'));
  });

  test.for<[string, readonly string[], MemoryTree]>([
    ['elsewhere in the store', ['/p/'], { '/p': '-> real', '/real/x': 'x' }],
    ['elsewhere with what is listed below', ['/p/', '/p/c'], { '/p': '-> real', '/real/c': 'c' }],
    ['beside, in a copy deeper down', ['/p/d/', '/p/d/x'], { '/p/d/x': '-> x.1', '/p/d/x.1': 'x' }],
    ['beside, in the same copy', ['/p/', '/p/c'], { '/p/c': '-> c.1', '/p/c.1': 'c' }],
  ])('may lead %s', ([, rows, kept]) => {
    expect(Object.values(planned(rows, kept).counts)).toEqual([rows.length]);
  });
});
