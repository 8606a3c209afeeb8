import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Member } from '../../../../agent/files/archive.ts';
import { readCpio } from '../../../../agent/files/cpio-reader.ts';
import { cpio, type CpioEntry } from '../../../../initramfs/cpio.ts';
import { readAll, readInPieces } from '../../../helpers/read-parts.ts';

const entries: CpioEntry[] = [
  { path: '/etc', kind: 'directory', mode: 0o755 },
  {
    path: '/etc/hosts',
    kind: 'file',
    mode: 0o4644,
    size: 5,
    content: { data: Buffer.from('hello') },
  },
  { path: '/etc/none', kind: 'file', mode: 0o600, size: 0, content: { data: Buffer.from('') } },
  { path: '/etc/link', kind: 'link', target: '../x' },
  { path: '/null', kind: 'device', mode: 0o666, major: 1, minor: 3 },
];

const archive = async (list = entries) => buffer(cpio(list));

/** A header whose fields are as cpio(5) has them, and a name. */
function headed(name: string, fields: Readonly<Record<number, string>> = {}): Buffer {
  const all = Array.from({ length: 13 }, (_, index) => fields[index] ?? '00000000');
  all[1] = fields[1] ?? '000081a4'; // a file, 0644
  all[11] = fields[11] ?? (name.length + 1).toString(16).padStart(8, '0');
  const head = Buffer.from(`070701${all.join('')}${name}\0`, 'latin1');
  return Buffer.concat([head, Buffer.alloc((4 - (head.length % 4)) % 4)]);
}

const trailer = headed('TRAILER!!!');

describe('a newc archive', () => {
  test.for([1, 3, 110, 512, 1 << 20])(
    'that comes in pieces of %i bytes is read as it is',
    async (size) => {
      const parts = await readInPieces(readCpio, await archive(), size);
      expect(parts.map(({ member, data }) => [member.path, member.type, data])).toEqual([
        ['etc', 'directory', ''],
        ['etc/hosts', 'file', 'hello'],
        ['etc/none', 'file', ''],
        ['etc/link', 'symlink', ''],
        ['null', 'character device', ''],
      ]);
      expect(parts.map(({ member }) => member.mode)).toEqual([0o755, 0o4644, 0o600, 0o777, 0o666]);
      expect(parts[3]?.member.target).toBe('../x');
      expect(parts[4]?.member.device).toEqual({ major: 1, minor: 3 });
    },
  );

  test('tells which names are of one file', async () => {
    const names = ['a', 'b'].map((name) => headed(name, { 0: '00000007', 4: '00000002' }));
    const parts = await readAll(
      readCpio,
      Buffer.concat([...names, headed('c', { 0: '00000007' }), trailer]),
    );
    const keys = parts.map(({ member }: { member: Member }) => member.sameAs);
    expect(keys[0]).toBeDefined();
    expect(keys).toEqual([keys[0], keys[0], undefined]);
  });

  test('ends at its trailer, whatever follows', async () => {
    const more = Buffer.concat([await archive(), Buffer.alloc(1000), Buffer.from('more')]);
    expect(await readAll(readCpio, more)).toHaveLength(entries.length);
  });

  test('is read with checksums too', async () => {
    const head = headed('a');
    head.write('070702');
    expect(await readAll(readCpio, Buffer.concat([head, trailer]))).toHaveLength(1);
  });
});

describe('a damaged archive is refused', () => {
  test.for([
    ['empty', Buffer.alloc(0), 'it ends after 0 bytes'],
    ['without a trailer', headed('a'), 'it ends after'],
    ['of the old kind', Buffer.from('070707'.padEnd(200, '0')), 'no cpio header at byte 0'],
    ['of something else', Buffer.alloc(200, 'x'), 'no cpio header at byte 0'],
    ['with a sign in a number', headed('a', { 6: '-0000001' }), 'no cpio header'],
    ['with an empty name', headed('', { 11: '00000001' }), 'a name has 1 bytes'],
    ['with no name', headed('', { 11: '00000000' }), 'a name has 0 bytes'],
    ['with a name of 4 GB', headed('a', { 11: 'ffffffff' }), 'a name has 4294967295 bytes'],
    ['with a NUL in a name', headed('a\0b'), 'a name does not end at its end'],
    ['with an unknown type', headed('a', { 1: '00000001' }), 'has the unknown mode 01'],
    ['with a link to nowhere', headed('a', { 1: '0000a1ff' }), 'a symlink has a target of 0 bytes'],
    [
      'with a link of 4 GB',
      headed('a', { 1: '0000a1ff', 6: 'ffffffff' }),
      'a target of 4294967295',
    ],
    ['with data in a directory', headed('a', { 1: '000041ed', 6: '00000004' }), 'has data'],
    ['cut in the data', headed('a', { 6: '00000100' }), 'it ends after'],
  ] as const)('%s', async ([, bytes, why]) => {
    await expect(readAll(readCpio, bytes)).rejects.toThrow(
      expect.objectContaining({ name: 'ArchiveError', message: expect.stringContaining(why) }),
    );
  });
});
