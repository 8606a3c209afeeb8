import { expect, test } from 'vitest';
import { nearest, suggest } from '../../../../mgmt/core/nearest.ts';

const known = ['litefile', 'litetree', 'lslite', 'tabdump'];

test.for<[string, string | undefined]>([
  ['litefil', 'litefile'],
  ['liteefile', 'litefile'],
  ['lslit', 'lslite'],
  ['tabdmup', 'tabdump'],
  ['reboot', undefined],
  ['', undefined],
])('"%s" may be meant as %s', ([given, word]) => {
  expect(nearest(given, known)).toBe(word);
});

test('a word like none is answered with the fallback', () => {
  expect(suggest('reboot', known, 'see --help')).toBe('see --help');
});
