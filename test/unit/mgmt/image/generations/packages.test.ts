import { expect, test } from 'vitest';
import { changedPackages, countByDirectory } from '../../../../../mgmt/image/generations/diff.ts';
import { parseDpkgStatus } from '../../../../../mgmt/image/generations/dpkg-status.ts';

test('installed packages of dpkg, with the architecture where there may be several', () => {
  const status = `Package: bash
Essential: yes
Status: install ok installed
Architecture: amd64
Version: 5.2-1
Description: a shell
 Version: of the description

Package: libc6
Status: hold ok installed
Architecture: i386
Multi-Arch: same
Version: 2.36

Package: gone
Status: deinstall ok config-files
Version: 1

`;
  expect([...parseDpkgStatus(status)]).toEqual([
    ['bash', '5.2-1'],
    ['libc6:i386', '2.36'],
  ]);
  expect(parseDpkgStatus('').size).toBe(0);
});

test('packages that came, went or changed', () => {
  const before = new Map([
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
  ]);
  const after = new Map([
    ['b', '2'],
    ['c', '1'],
    ['d', '4'],
  ]);
  expect(changedPackages(before, after)).toEqual([
    { name: 'a', before: '1', after: '' },
    { name: 'b', before: '1', after: '2' },
    { name: 'd', before: '', after: '4' },
  ]);
});

test('files are counted by directories, two names deep', () => {
  const counts = countByDirectory([
    { path: '/vmlinuz', kind: 'changed' },
    { path: '/usr/lib/a/b', kind: 'added' },
    { path: '/usr/lib/c', kind: 'added' },
    { path: '/usr/lib/d', kind: 'removed' },
    { path: '/etc/motd', kind: 'changed' },
  ]);
  expect([...counts]).toEqual([
    ['/', { added: 0, removed: 0, changed: 1 }],
    ['/etc', { added: 0, removed: 0, changed: 1 }],
    ['/usr/lib', { added: 2, removed: 1, changed: 0 }],
  ]);
});
