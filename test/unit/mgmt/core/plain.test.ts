import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain, plainJson } from '../../../../mgmt/core/plain.ts';

const risky = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const anyText = fc.string({ unit: 'binary' });

test.for([
  ['/etc/motd', '/etc/motd'],
  ['a b \u00E9 \u65E5', 'a b \u00E9 \u65E5'],
  ['\u001B[2J', '\\u{1b}[2J'],
  ['a\nb\r\u009B', 'a\\u{a}b\\u{d}\\u{9b}'],
  ['\u202Eexe', '\\u{202e}exe'],
  ['\u{E0001}', '\\u{e0001}'],
  ['\uD800', '\\u{d800}'],
] as const)('%j is shown as %s', ([text, shown]) => {
  expect(plain(text)).toBe(shown);
});

test('no text moves the cursor of a terminal, as it is or in JSON, which keeps its value', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(plain(text)).not.toMatch(risky);
      expect(plainJson({ [text]: text })).not.toMatch(risky);
      expect(JSON.parse(plainJson([text], 2))).toEqual([text]);
    }),
  );
});
