import { expect, test } from 'vitest';
import { boundedMatch } from '../../../../mgmt/daemon/bounded-match.ts';

test('a regex matches or does not', () => {
  expect(boundedMatch(/^-a\b/u, '-a x')).toBe(true);
  expect(boundedMatch(/^-a\b/u, '-ab')).toBe(false);
});

test('one that goes back and forth without end tells nothing, and is not tried again', () => {
  const endless = /^(?:a+)+$/u;
  expect(boundedMatch(endless, `${'a'.repeat(60)}!`)).toBeUndefined();
  expect(boundedMatch(endless, 'a')).toBeUndefined();
  expect(boundedMatch(/^a+$/u, 'a')).toBe(true);
});

test('a text longer than any command line is not matched', () => {
  expect(boundedMatch(/x/u, 'x'.repeat(16 * 1024))).toBe(true);
  expect(boundedMatch(/x/u, 'x'.repeat(16 * 1024 + 1))).toBeUndefined();
});
