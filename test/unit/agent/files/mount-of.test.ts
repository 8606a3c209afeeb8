import { describe, expect, test } from 'vitest';
import { findMount } from '../../../../agent/files/mount-of.ts';

const mountinfo = `22 1 0:2 / / rw shared:1 - rootfs rootfs rw
30 22 0:30 / /newroot ro,relatime - nfs4 10.77.0.1:/install/rootimg ro,vers=4.2
31 30 0:31 / /newroot/.statelite rw - tmpfs statelite rw,mode=755
32 31 0:32 / /newroot/.statelite/persistent rw master:1 shared:2 - nfs 10.77.0.1:/a\\040b/cn01 rw
33 31 0:30 /usr/share /newroot/.statelite/mnt/-/x ro - nfs4 10.77.0.1:/install/rootimg rw
34 30 8:1 /deep /newroot/.sllocal/localmnt rw - ext4 /dev/vda ro
35 31 0:35 / /newroot/.statelite/persistent rw - nfs 10.77.0.1:/second rw
`;

describe('where a path is mounted from', () => {
  test.for([
    ['/newroot/etc/motd', '10.77.0.1:/install/rootimg', true],
    ['/newroot', '10.77.0.1:/install/rootimg', true],
    ['/newroot/.statelite/tmpfs/x', 'statelite', false],
    ['/newroot/.statelite/persistentx', 'statelite', false],
    ['/newroot/.statelite/persistent/x', '10.77.0.1:/second', false],
    ['/newroot/.statelite/mnt/-/x/y', '10.77.0.1:/install/rootimg/usr/share', true],
    ['/newroot/.sllocal/localmnt/f', '/dev/vda', true],
    ['/other', 'rootfs', false],
  ] as const)('%s', ([path, location, isReadonly]) => {
    expect(findMount(mountinfo, path)).toEqual({ location, isReadonly });
  });

  test('blanks are written in octal', () => {
    const first = mountinfo.split('\n').slice(0, 4).join('\n');
    expect(findMount(first, '/newroot/.statelite/persistent')?.location).toBe(
      '10.77.0.1:/a b/cn01',
    );
  });

  test('nothing, where nothing is mounted', () => {
    expect(findMount('', '/x')).toBeUndefined();
  });
});
