import { expect, test } from 'vitest';
import { parseGetfattr } from '../../../../mgmt/image/pack/xattrs.ts';

test('names are unescaped, values are bytes, labels of this machine are left out', () => {
  const found: Parameters<typeof parseGetfattr>[1] = new Map();
  parseGetfattr(
    [
      String.raw`# file: /r/a\012b\134c`,
      'user.x=0x61ff01',
      'user.empty',
      'security.selinux=0x78',
      '',
      '# file: /r/only-a-label',
      'security.selinux=0x78',
      '',
      '',
    ].join('\n'),
    found,
  );
  expect([...found]).toEqual([
    [
      '/r/a\nb\\c',
      [
        ['user.x', Buffer.from([0x61, 0xff, 0x01])],
        ['user.empty', Buffer.alloc(0)],
      ],
    ],
  ]);
});
