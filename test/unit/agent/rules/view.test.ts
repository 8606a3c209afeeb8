import { expect, test } from 'vitest';
import { forEach, inside, nothing, NotLookedAt } from '../../../../agent/rules/view.ts';
import { memoryView } from '../../../helpers/views.ts';

test('a root of which nothing can be seen is an empty directory', () => {
  expect(nothing.at('/')).toEqual({ type: 'dir' });
  expect(nothing.at('/etc')).toEqual({ type: 'missing' });
  expect(nothing.names('/')).toEqual([]);
});

test('a directory of a root is a root of its own', () => {
  const view = inside(memoryView({ '/d/etc/f': 'f', '/d/x': 'x', '/etc/g': 'g' }), '/d');
  expect(view.at('/etc/f')).toMatchObject({ type: 'file' });
  expect(view.at('/etc/g')).toEqual({ type: 'missing' });
  expect(view.names('/')).toEqual(['etc', 'x']);
  expect(view.names('/etc')).toEqual(['f']);
});

test('a decision for each item is made in order', () => {
  expect(forEach([1, 2, 3], (n) => n * 2)).toEqual([2, 4, 6]);
});

test('every item asks for its facts before the first lack of one is told', () => {
  const asked: number[] = [];
  const decide = (n: number) => {
    asked.push(n);
    if (n % 2 === 0) throw new NotLookedAt(String(n));
    return n;
  };
  expect(() => forEach([1, 2, 3, 4], decide)).toThrow(NotLookedAt);
  expect(asked).toEqual([1, 2, 3, 4]);
});

test('a real failure is told at once', () => {
  const asked: number[] = [];
  const decide = (n: number) => {
    asked.push(n);
    throw new RangeError('bad');
  };
  expect(() => forEach([1, 2], decide)).toThrow(RangeError);
  expect(asked).toEqual([1]);
});
