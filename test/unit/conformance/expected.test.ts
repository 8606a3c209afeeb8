import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeExplanations } from '../../conformance/explain.ts';

const top = join(import.meta.dirname, '../../..');
const explanations = decodeExplanations(
  JSON.parse(readFileSync(join(top, 'test/conformance/expected.json'), 'utf8')),
);
const semantics = readFileSync(join(top, 'docs/semantics.md'), 'utf8');

test('every rule of the semantics that is quoted is there', () => {
  const quoted = explanations
    .map(({ rule }) => /^semantics (.*)$/u.exec(rule)?.[1])
    .filter(Boolean);
  const missing = quoted.filter(
    (number) => !semantics.includes(`\n${number} `) && !semantics.includes(`\n## ${number}. `),
  );
  expect(missing).toEqual([]);
});

test('every reason is a sentence', () => {
  const shapeless = explanations.filter(({ reason }) => !/^\S.{10,}\.$/u.test(reason));
  expect(shapeless.map(({ id }) => id)).toEqual([]);
});

test('what is for every case is for single paths', () => {
  const wide = explanations.filter(
    (one) => one.case === '*' && (one.paths.length === 0 || one.paths.join().includes('*')),
  );
  expect(wide.map(({ id }) => id)).toEqual([]);
});
