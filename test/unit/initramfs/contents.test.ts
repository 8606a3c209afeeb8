import { expect, test } from 'vitest';
import { renderContents } from '../../../initramfs/contents.ts';

test('the contents are listed by size, files with one reason as one line, totals last', () => {
  const lines = renderContents({
    entries: [
      { path: '/dev', size: 0, why: 'directories' },
      { path: '/etc/statelite/initramfs', size: 14, why: 'marker' },
      { path: '/init', size: 108_500_000, why: 'the boot agent' },
      { path: '/lib/modules/k/kernel/a.ko', size: 1_200_000, why: 'network cards' },
      { path: '/lib/modules/k/kernel/b.ko', size: 300_000, why: 'network cards' },
      { path: '/lib/modules/k/modules.dep', size: 4096, why: 'module tables' },
      { path: '/proc', size: 0, why: 'directories' },
    ],
    unpacked: 110_004_110,
    packed: 31_000_000,
  });
  expect(lines).toEqual([
    ' 108.5 MB  /init: the boot agent',
    '   1.5 MB  network cards (2)',
    '   4.1 kB  /lib/modules/k/modules.dep: module tables',
    '     14 B  /etc/statelite/initramfs: marker',
    '      0 B  directories (2)',
    ' 110.0 MB  unpacked',
    '  31.0 MB  packed',
  ]);
});
