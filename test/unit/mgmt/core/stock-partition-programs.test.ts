import { expect, test } from 'vitest';
import { missingPrograms, tellMissing } from '../../../../mgmt/core/stock-partition-programs.ts';

const disk = (lines: string) =>
  `enable=yes\nenablepart=yes\n[disk]\ndev=/dev/sda\nparts=100\n${lines}`;
const space = '[localspace]\ndev=/dev/sda1\n';

test.for([
  ['ext4 if nothing is said', disk(space), ['mkfs.ext4', 'e2fsck']],
  ['xfs of the disk', disk(`fstype=xfs\n${space}`), ['mkfs.xfs']],
  ['xfs of the space', disk(`${space}fstype=xfs\n`), ['mkfs.xfs']],
  ['no space at all', disk(''), ['mkfs.ext4']],
  ['nothing is made', `enable=yes\n${space}`, ['e2fsck']],
  ['nothing is enabled', disk(space).replace('enable=yes', 'enable=no'), []],
] as const)('%s: %j', ([, text, expected]) => {
  expect(missingPrograms(text, new Set()).map(({ program }) => program)).toEqual(expected);
  expect(missingPrograms(text, new Set(expected))).toEqual([]);
});

test('the operator is told what to install, and what happens without it', () => {
  const [xfs] = missingPrograms(disk('fstype=xfs'), new Set(['mkfs.ext4']));
  const [check] = missingPrograms(`enable=yes\n${space}`, new Set());
  expect(xfs && tellMissing(xfs)).toBe(
    'neither the image nor this machine has mkfs.xfs: without it nodes stop at their local disk; put xfsprogs into the pkglist of the image and run genimage again',
  );
  expect(check && tellMissing(check)).toContain(
    'e2fsck: without it file systems of local disks are not checked; put e2fsprogs into',
  );
});
