import { expect, test } from 'vitest';
import { decodeReport } from '../../../../mgmt/daemon/decode-report.ts';
import { bootReport } from '../../../helpers/boot-report.ts';

test('a report is taken as it is', () => {
  expect(decodeReport(bootReport)).toEqual(bootReport);
});

test.for([
  [{ ...bootReport, version: 2 }, 'version'],
  [{ ...bootReport, outcome: 'fine' }, 'outcome'],
  [{ ...bootReport, node: 7 }, 'node'],
  [{ ...bootReport, took: '1' }, 'took'],
  [{ ...bootReport, steps: {} }, 'steps'],
  [{ ...bootReport, entries: null }, 'entries'],
  [[], 'not an object'],
  [null, 'not an object'],
  ['report', 'not an object'],
] as const)('report %# is refused, naming what is wrong', ([value, what]) => {
  expect(() => decodeReport(value)).toThrow(
    expect.objectContaining({ status: 400, message: expect.stringContaining(what) }),
  );
});
