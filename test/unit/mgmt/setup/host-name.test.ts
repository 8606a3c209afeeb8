import { expect, test } from 'vitest';
import { isHostName } from '../../../../mgmt/setup/host-name.ts';

const long = 'x'.repeat(63);

test.for([
  ['mn', true],
  ['1', true],
  ['mn-1.c.example', true],
  [long, true],
  [`${long}.${long}`, true],
  [`${long}x`, false],
  [`mn.${long}x`, false],
  [Array.from({ length: 5 }, () => long).join('.'), false],
  ['', false],
  ['-mn', false],
  ['mn.', false],
  ['mn..c', false],
  ['mn,c', false],
  ['mn c', false],
] as const)('%j is a name of a host: %j', ([name, is]) => {
  expect(isHostName(name)).toBe(is);
});
