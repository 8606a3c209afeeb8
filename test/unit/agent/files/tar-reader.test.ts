import { describe, expect, test } from 'vitest';
import { readTar } from '../../../../agent/files/tar-reader.ts';
import { readAll, readInPieces } from '../../../helpers/read-parts.ts';

interface Fields {
  readonly size?: string;
  readonly flag?: string;
  readonly link?: string;
  readonly mode?: string;
  readonly prefix?: string;
  readonly device?: readonly [string, string];
}

/** A ustar header with its checksum, and data in whole blocks. */
function block(name: string, fields: Fields = {}, data = ''): Buffer {
  const { flag = '0', link = '', mode = '0000644', prefix = '', device = ['', ''] } = fields;
  const head = Buffer.alloc(512);
  const put = (at: number, text: string) => head.write(text, at, 'latin1');
  put(0, name);
  put(100, mode);
  put(108, '0000007');
  put(116, '0000010');
  put(124, fields.size ?? data.length.toString(8).padStart(11, '0'));
  put(136, '14524770400');
  put(156, flag);
  put(157, link);
  put(257, 'ustar\x0000');
  put(329, device[0]);
  put(337, device[1]);
  put(345, prefix);
  put(148, '        ');
  const sum = head.reduce((all, byte) => all + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return Buffer.concat([
    head,
    Buffer.from(data, 'latin1'),
    Buffer.alloc((512 - (data.length % 512)) % 512),
  ]);
}

const end = Buffer.alloc(1024);
const archive = (...blocks: readonly Buffer[]) => Buffer.concat([...blocks, end]);

const pax = (...records: readonly string[]) =>
  records
    .map((record) => {
      const rest = record.length + 2;
      const length = rest + String(rest + String(rest).length).length;
      return `${length} ${record}\n`;
    })
    .join('');

describe('a tar archive', () => {
  const several = archive(
    block('./', { flag: '5', mode: '0000755' }),
    block('./a', {}, 'hello'),
    block('./b', { flag: '1', link: './a' }),
    block('./c', { flag: '2', link: 'a' }),
    block('./null', { flag: '3', device: ['0000001', '0000003'] }),
    block('./fifo', { flag: '6' }),
  );
  test.for([1, 100, 512, 1 << 20])(
    'that comes in pieces of %i bytes is read as it is',
    async (size) => {
      const parts = await readInPieces(readTar, several, size);
      expect(
        parts.map(({ member, data }) => [member.path, member.type, member.target, data]),
      ).toEqual([
        ['./', 'directory', '', ''],
        ['./a', 'file', '', 'hello'],
        ['./b', 'link', './a', ''],
        ['./c', 'symlink', 'a', ''],
        ['./null', 'character device', '', ''],
        ['./fifo', 'FIFO', '', ''],
      ]);
      expect(parts[1]?.member).toMatchObject({
        mode: 0o644,
        uid: 7,
        gid: 8,
        size: 5,
        mtime: 1_700_000_000,
      });
      expect(parts[4]?.member.device).toEqual({ major: 1, minor: 3 });
    },
  );

  test.for([
    ['a prefix', [block('name', { prefix: 'a/long' }, 'x')], 'a/long/name'],
    [
      'a pax path',
      [block('x', { flag: 'x' }, pax('path=a/very long/näme')), block('short', {}, 'x')],
      'a/very long/näme',
    ],
    [
      "GNU's long name",
      [block('././@LongLink', { flag: 'L' }, 'long\0'), block('short', {}, 'x')],
      'long',
    ],
  ] as const)('names a member by %s, and only the one', async ([, blocks, path]) => {
    const parts = await readAll(readTar, archive(...blocks, block('after', {}, 'y')));
    expect(parts.map(({ member }) => member.path)).toEqual([path, 'after']);
    expect(parts.map(({ data }) => data)).toEqual(['x', 'y']);
  });

  test('has numbers beyond its fields in pax headers', async () => {
    const records = pax('size=3', 'uid=70000', 'gid=70001', 'mtime=1700000001.5');
    const big = block('a', { size: '00000000000' }).subarray(0, 512);
    const data = Buffer.concat([Buffer.from('abc'), Buffer.alloc(509)]);
    const [first] = await readAll(readTar, archive(block('x', { flag: 'x' }, records), big, data));
    expect(first?.data).toBe('abc');
    expect(first?.member).toMatchObject({
      size: 3,
      uid: 70_000,
      gid: 70_001,
      mtime: 1_700_000_001.5,
    });
  });
});

describe('a damaged archive is refused', () => {
  const flipped = block('a');
  flipped[0] = 0x62;
  test.for([
    ['empty', Buffer.alloc(0), 'it ends after 0 bytes'],
    ['without an end', block('a', {}, 'x'), 'it ends after 1024 bytes'],
    ['of something else', Buffer.alloc(1024, 'x'), 'no tar header at byte 0'],
    ['with a wrong checksum', archive(flipped), 'no tar header at byte 0'],
    ['with a bad number', archive(block('a', { size: '12x' })), 'has a bad number'],
    ['with an unknown type', archive(block('a', { flag: 'Z' })), 'of the unknown type Z'],
    [
      'with a sparse file',
      archive(block('x', { flag: 'x' }, pax('GNU.sparse.major=1')), block('a')),
      'sparse',
    ],
    [
      'with a pax header of nonsense',
      archive(block('x', { flag: 'x' }, 'nonsense')),
      'a pax header is damaged',
    ],
    [
      'with a pax record that is too long',
      archive(block('x', { flag: 'x' }, '99 a=b\n')),
      'a pax header is damaged',
    ],
    [
      'with a pax record of no length',
      archive(block('x', { flag: 'x' }, '0 a=b\n')),
      'a pax header is damaged',
    ],
    [
      'with a negative size',
      archive(block('x', { flag: 'x' }, pax('size=-1')), block('a')),
      'has a bad number',
    ],
    [
      'with a name of 8 GB',
      archive(block('x', { flag: 'L', size: '77777777777' })),
      'a header has 8589934591 bytes',
    ],
  ] as const)('%s', async ([, bytes, why]) => {
    await expect(readAll(readTar, bytes)).rejects.toThrow(
      expect.objectContaining({ name: 'ArchiveError', message: expect.stringContaining(why) }),
    );
  });
});
