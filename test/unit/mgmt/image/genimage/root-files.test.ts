import { describe, expect, test } from 'vitest';
import { renderOutcome } from '../../../../../mgmt/image/genimage/report.ts';
import { renderFstab } from '../../../../../mgmt/image/genimage/root-files.ts';
import { withRootHash } from '../../../../../mgmt/image/genimage/root-password.ts';

test('fstab names the image as its root, which systemd must not make writable', () => {
  const lines = renderFstab({ profile: 'compute', osarch: 'x86_64' }).trimEnd().split('\n');
  expect(lines.map((line) => line.split(/\s+/))).toEqual([
    ['devpts', '/dev/pts', 'devpts', 'gid=5,mode=620', '0', '0'],
    ['tmpfs', '/dev/shm', 'tmpfs', 'defaults', '0', '0'],
    ['proc', '/proc', 'proc', 'defaults', '0', '0'],
    ['sysfs', '/sys', 'sysfs', 'defaults', '0', '0'],
    ['compute_x86_64', '/', 'tmpfs', 'ro', '0', '0'],
  ]);
});

describe('the password field of root', () => {
  test('is replaced, and no other', () => {
    expect(withRootHash('root:*:1:0:::::\nroot2:*:1:::::\n', '$6$a$$&x')).toBe(
      'root:$6$a$$&x:1:0:::::\nroot2:*:1:::::\n',
    );
  });

  test('is made if root has no line', () => {
    expect(withRootHash('bin:*:1::::::\n', '*')).toBe('root:*:13880:0:99999:7:::\nbin:*:1::::::\n');
  });
});

test('the outcome says what was made, how big it is, where the time went and what is next', () => {
  const lines = renderOutcome({
    name: 'compute',
    rootimgdir: '/install/c',
    kernel: '6.1.0-40-amd64',
    bytes: { root: 641_000_000, kernel: 8_247_232, initramfs: 38_912_345 },
    phases: [
      { name: 'packages', seconds: 53.31 },
      { name: 'initramfs', seconds: 6.5 },
    ],
    contents: ['4.1 MB  modules'],
    notes: ['root has no password', 'next: liteimg compute'],
  });
  expect(lines).toEqual([
    'compute: built in 59.8 s (packages 53.3 s, initramfs 6.5 s)',
    '  in         /install/c',
    '  rootimg     641.0 MB',
    '  kernel        8.2 MB, version 6.1.0-40-amd64',
    '  initramfs    38.9 MB',
    '    4.1 MB  modules',
    'root has no password',
    'next: liteimg compute',
  ]);
});
