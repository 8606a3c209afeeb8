import { expect, test } from 'vitest';
import { parseRootOptions } from '../../../../mgmt/core/root-options.ts';

test.for([
  ['', []],
  ['noac', ['noac']],
  ['ro,noac,RO,vers=4.2', ['noac', 'vers=4.2']],
  ['rwsize=1', ['rwsize=1']],
] as const)('%j is the options %j', ([text, expected]) => {
  expect(parseRootOptions(text)).toEqual(expected);
});

test.for([
  ['rw', "cannot contain 'rw'; statelite NFS roots are always read-only"],
  ['noac,Defaults', "cannot contain 'Defaults'"],
  ['noac,', 'a blank or an empty option'],
  [',', 'a blank or an empty option'],
  ['noac, soft', 'a blank or an empty option'],
  ['noac\trw', 'a blank or an empty option'],
] as const)('%j is wrong: %s', ([text, problem]) => {
  expect(parseRootOptions(text)).toMatchObject({ problem: expect.stringContaining(problem) });
});
