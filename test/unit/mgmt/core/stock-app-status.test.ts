import { expect, test } from 'vitest';
import { withAppStatus } from '../../../../mgmt/core/stock-app-status.ts';

test.for([
  [null, 'sshd=up', 'sshd=up'],
  ['', 'sshd=up', 'sshd=up'],
  ['sshd=down', 'sshd=up', 'sshd=up'],
  ['sshd=up,gpfs=down', 'gpfs=up', 'sshd=up,gpfs=up'],
  ['xsshd=down', 'sshd=up', 'xsshd=down,sshd=up'],
] as const)('%j and %j make %j', ([before, report, after]) => {
  expect(withAppStatus(before, report)).toBe(after);
});
