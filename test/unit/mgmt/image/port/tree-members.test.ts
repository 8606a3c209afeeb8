import { describe, expect, test } from 'vitest';
import type { Member } from '../../../../../agent/files/archive.ts';
import { checkMember, type Seen } from '../../../../../mgmt/image/port/tree-members.ts';

function member(path: string, more: Partial<Member> = {}): Member {
  return {
    type: 'file',
    path,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: 0,
    target: '',
    device: { major: 0, minor: 0 },
    ...more,
  };
}

const directory = (path: string) => member(path, { type: 'directory' });
const link = (path: string, target: string) => member(path, { type: 'symlink', target });
const device = (path: string, numbers: string, mode: number, type: Member['type']) => {
  const [major = 0, minor = 0] = numbers.split(':').map(Number);
  return member(path, { type, mode, device: { major, minor } });
};

function check(members: readonly Member[]): string[] {
  const seen: Seen = new Map();
  return members.map((each) => checkMember(each, seen, (why) => new Error(why)));
}

describe('members of the archive of a tree', () => {
  test('are taken as stock xCAT names them, below the root', () => {
    const members = [directory('rootimg'), directory('rootimg/etc'), member('rootimg/etc/motd')];
    expect(check(members)).toEqual(['.', './etc', './etc/motd']);
    expect(check([directory('./rootimg'), member('./rootimg/a')])).toEqual(['.', './a']);
  });

  test('may be links that lead anywhere, for they are followed on nodes', () => {
    const members = [link('rootimg/a', '/etc/shadow'), link('rootimg/b', '../../../etc')];
    expect(check(members)).toEqual(['./a', './b']);
  });

  test('may be the device nodes that packages make', () => {
    const members = [
      device('rootimg/dev/null', '1:3', 0o666, 'character device'),
      device('rootimg/.default/dev/tty', '5:0', 0o666, 'character device'),
      device('rootimg/dev/sda', '8:0', 0o660, 'block device'),
      device('rootimg/usr/lib/udev/devices/kmsg', '1:11', 0o600, 'character device'),
      device('rootimg/var/lib/x/whiteout', '0:0', 0o666, 'character device'),
    ];
    expect(check(members)).toHaveLength(5);
  });

  test.for([
    [
      'a name that leads out',
      [member('rootimg/../../etc/passwd')],
      '"rootimg/../../etc/passwd" is no plain',
    ],
    ['a name that begins with ..', [member('../etc/passwd')], 'is not below rootimg/'],
    ['an absolute name', [member('/etc/passwd')], 'is not below rootimg/'],
    ['an absolute name below', [member('rootimg//etc/passwd')], 'is no plain relative path'],
    ['a dot', [member('rootimg/./a')], 'is no plain relative path'],
    ['another directory', [member('other/a')], 'is not below rootimg/'],
    ['a name that begins alike', [member('rootimg2/a')], 'is not below rootimg/'],
    ['a root that is a link', [link('rootimg', '/')], 'is no directory'],
    [
      'a file below a link',
      [link('rootimg/a', '/etc'), member('rootimg/a/passwd')],
      'is below a member',
    ],
    [
      'a file deep below a link',
      [link('rootimg/a', '/'), member('rootimg/a/b/c')],
      'is below a member',
    ],
    [
      'a link in place of a directory',
      [member('rootimg/a/b'), link('rootimg/a', '/etc')],
      'comes twice',
    ],
    ['a file twice', [member('rootimg/a'), member('rootimg/a')], '"rootimg/a" comes twice'],
    ['a directory twice', [directory('rootimg/a'), link('rootimg/a', '/etc')], 'comes twice'],
    [
      'a device elsewhere',
      [device('rootimg/srv/null', '1:3', 0o600, 'character device')],
      'outside of /dev',
    ],
    [
      'a disk for everybody',
      [device('rootimg/dev/sda', '8:0', 0o666, 'block device')],
      'block device 8:0',
    ],
    [
      'the memory for everybody',
      [device('rootimg/dev/mem', '1:1', 0o644, 'character device')],
      '1:1',
    ],
    ['a control character', [member('rootimg/../\u001b[2J')], String.raw`\u001b[2J`],
  ] as const)('are refused with %s', ([, members, named]) => {
    expect(() => check(members)).toThrow(named);
  });
});
