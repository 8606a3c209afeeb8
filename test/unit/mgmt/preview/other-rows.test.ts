import { describe, expect, test } from 'vitest';
import { otherRows } from '../../../../mgmt/preview/other-rows.ts';
import { tableRows } from '../../../helpers/cluster.ts';

const rows = tableRows({
  osimage: [{ imagename: 'compute', groups: 'lite' }],
  litefile: [
    { image: 'ALL', file: '/etc/motd', options: 'tmpfs' },
    { image: 'lite', file: '/etc/motd', options: 'ro' },
    { image: 'login', file: '/etc//motd', options: 'con' },
    { image: 'login', file: '/etc/issue', options: 'con' },
    { image: 'login', file: 'etc/motd' },
  ],
});

describe('rows of a path that are not for an image', () => {
  test('are those of other images, however they are written', () => {
    expect(otherRows(['/etc/motd'], 'compute', rows)).toEqual([
      { image: 'login', file: '/etc//motd', options: 'con' },
    ]);
  });

  test('may be broken themselves', () => {
    expect(otherRows(['etc/motd'], 'compute', rows)).toEqual([
      { image: 'login', file: 'etc/motd', options: '' },
    ]);
  });
});
