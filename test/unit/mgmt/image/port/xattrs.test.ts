import { describe, expect, test } from 'vitest';
import type { Seen } from '../../../../../mgmt/image/port/tree-members.ts';
import { checkedXattrs } from '../../../../../mgmt/image/port/xattrs.ts';

const members: Seen = new Map([
  ['', 'directory'],
  ['etc', 'directory'],
  ['a\nb', 'other'],
]);

async function check(text: string): Promise<string> {
  return (await Array.fromAsync(checkedXattrs(text.split('\n'), members))).join('');
}

describe('the list of extended attributes', () => {
  test('is for the directory that the tree is unpacked into', async () => {
    const text =
      '# file: rootimg\nuser.a=0x61\n\n# file: rootimg/etc\nuser.b\nsecurity.capability=0x00\n';
    expect(await check(text)).toBe(
      '# file: ./\nuser.a=0x61\n\n# file: ./etc\nuser.b\nsecurity.capability=0x00\n\n',
    );
  });

  test('has names with their bytes escaped', async () => {
    const text = '# file: rootimg/a\\012b\nuser.a=0x61';
    expect(await check(text)).toBe('# file: ./a\\012b\nuser.a=0x61\n');
  });

  test('gives no labels of another machine', async () => {
    const text =
      '# file: rootimg/etc\nsecurity.selinux=0x61\ntrusted.overlay.redirect=0x61\nuser.a=0x61';
    expect(await check(text)).toBe('# file: ./etc\nuser.a=0x61\n');
  });

  test.for([
    ['a file that is not in the tree', '# file: rootimg/other\nuser.a=0x61'],
    ['a name that leads out', '# file: rootimg/../etc\nuser.a=0x61'],
    ['an absolute name', '# file: /etc/passwd\nuser.a=0x61'],
    ['an escaped name that leads out', '# file: rootimg/\\056\\056/etc\nuser.a=0x61'],
    ['a name that begins alike', '# file: rootimgetc\nuser.a=0x61'],
    ['an attribute without a file', 'user.a=0x61'],
    ['an attribute of no name space', '# file: rootimg/etc\nfoo=0x61'],
    ['a value of another form', '# file: rootimg/etc\nuser.a="x"'],
  ])('is refused with %s', async ([, text]) => {
    await expect(check(text ?? '')).rejects.toThrow(
      'rootimgtree.xattrs.gz of the archive is refused',
    );
  });
});
