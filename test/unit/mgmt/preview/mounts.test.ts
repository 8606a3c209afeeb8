import { describe, expect, test } from 'vitest';
import { parseMounts } from '../../../../mgmt/preview/mounts.ts';

const line = (root: string, at: string, fstype: string, source: string) =>
  `36 35 98:0 ${root} ${at} rw,noatime master:1 - ${fstype} ${source} rw,errors=continue`;

describe('the NFS mounts of a host', () => {
  test.each([
    ['by name', 'nfs', 'nfs1:/trees', { server: 'nfs1', exported: '/trees' }],
    ['by IPv4', 'nfs4', '10.0.0.1:/', { server: '10.0.0.1', exported: '/' }],
    ['by IPv6', 'nfs', '[fe80::1]:/a/b/', { server: 'fe80::1', exported: '/a/b' }],
    ['with a blank', 'nfs', 'nfs1:/my\\040trees', { server: 'nfs1', exported: '/my trees' }],
  ])('are read %s', (_, fstype, source, mount) => {
    expect(parseMounts(line('/', '/mnt', fstype, source))).toEqual([{ ...mount, at: '/mnt' }]);
  });

  test.each([
    ['of other kinds', line('/', '/mnt', 'ext4', '/dev/sda1')],
    ['that show only a part of an export', line('/part', '/mnt', 'nfs', 'nfs1:/trees')],
    ['without a server', line('/', '/mnt', 'nfs', 'none')],
    ['that are no mounts', ''],
  ])('leave out lines %s', (_, text) => {
    expect(parseMounts(text)).toEqual([]);
  });

  test('come latest first, with blanks in their names', () => {
    const text = [line('/', '/a\\040b', 'nfs', 'x:/1'), line('/', '/c', 'nfs', 'x:/2')].join('\n');
    expect(parseMounts(text).map(({ at }) => at)).toEqual(['/c', '/a b']);
  });
});
