import { expect, test } from 'vitest';
import { boundedCache } from '../../../../mgmt/daemon/bounded-cache.ts';

test('what was made is not made again, until newer keys have taken its place', () => {
  const made: string[] = [];
  const get = boundedCache(2, (key) => {
    made.push(key);
    return key.toUpperCase();
  });
  expect(['a', 'b', 'a', 'c', 'b', 'a'].map(get)).toEqual(['A', 'B', 'A', 'C', 'B', 'A']);
  expect(made).toEqual(['a', 'b', 'c', 'a']);
});

test('a failure is not remembered', () => {
  let tries = 0;
  const get = boundedCache(2, () => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return tries;
  });
  expect(() => get('a')).toThrow('not yet');
  expect(get('a')).toBe(2);
});
