import { expect, test } from 'vitest';
import { hasLocalDisk } from '../../../../mgmt/preview/local-disk.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const has = (image: Record<string, string>, addkcmdline = '') =>
  hasLocalDisk(
    'n1',
    'compute',
    clusterOf({
      nodelist: [{ node: 'n1' }],
      bootparams: [{ node: 'n1', addkcmdline }],
      linuximage: [{ imagename: 'compute', ...image }],
    }),
  );

test.for([
  [{}, '', false],
  [{}, 'quiet statelite.localdisk=/dev/sda1', true],
  [{}, 'statelite.localdisk=', false],
  [{ addkcmdline: 'statelite.localdisk=/dev/sda1' }, '', true],
  [{ partitionfile: '/install/custom/disk' }, '', true],
  [{ partitionfile: 's:/install/custom/disk.sh' }, '', true],
  [{ partitionfile: ' ' }, '', false],
] as const)('%j and %j', ([image, added, expected]) => {
  expect(has(image, added)).toBe(expected);
});
