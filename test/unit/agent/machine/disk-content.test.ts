import { describe, expect, test } from 'vitest';
import { contentBytes, describeContent, identify } from '../../../../agent/machine/disk-content.ts';
import { parseMark, renderMark } from '../../../../agent/machine/disk-mark.ts';

const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const written = '00112233-4455-6677-8899-aabbccddeeff';

function head(write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(contentBytes);
  write(bytes);
  return bytes;
}

const ext = (compatible: number, incompatible: number) =>
  head((bytes) => {
    bytes.writeUInt16LE(0xef53, 1024 + 56);
    bytes.writeUInt32LE(compatible, 1024 + 92);
    bytes.writeUInt32LE(incompatible, 1024 + 96);
    uuid.copy(bytes, 1024 + 104);
    bytes.write('scratch', 1024 + 120);
  });

describe('what is on a disk', () => {
  test.for([
    [0x38, 0x2c2, 'ext4'],
    [0x3c, 0x242, 'ext4'],
    [0x3c, 0x2, 'ext3'],
    [0x38, 0x2, 'ext2'],
  ] as const)('features %i and %i are %s', ([compatible, incompatible, type]) => {
    const content = identify(ext(compatible, incompatible));
    expect(content).toEqual({ kind: 'filesystem', type, uuid: written, label: 'scratch' });
  });

  test('xfs', () => {
    const bytes = head((at) => {
      at.write('XFSB');
      uuid.copy(at, 32);
      at.write('data', 108);
    });
    const expected = { kind: 'filesystem', type: 'xfs', uuid: written, label: 'data' };
    expect(identify(bytes)).toEqual(expected);
  });

  test.for([4096, 65_536])('swap space of pages of %i bytes', (page) => {
    const bytes = head((at) => {
      at.write('SWAPSPACE2', page - 10);
      uuid.copy(at, 1036);
    });
    expect(identify(bytes)).toEqual({ kind: 'swap', uuid: written, label: '' });
  });

  test.for([
    [0, 'LUKS\xba\xbe', 'LUKS'],
    [0x10040, '_BHRfS_M', 'btrfs'],
    [512, 'LABELONE', 'LVM'],
    [3, 'NTFS    ', 'NTFS'],
    [4096, '\xfc\x4e\x2b\xa9', 'RAID'],
  ] as const)('at %i %j is somebody else’s', ([offset, magic, what]) => {
    const content = identify(head((bytes) => bytes.write(magic, offset, 'latin1')));
    expect(content.kind).toBe('other');
    expect(describeContent(content)).toContain(what);
  });

  test('only zeros are blank: one bit anywhere is data', () => {
    expect(identify(Buffer.alloc(2 ** 20))).toEqual({ kind: 'blank' });
    for (const at of [0, 511, 70_000, 2 ** 20 - 1]) {
      const bytes = Buffer.alloc(2 ** 20);
      bytes[at] = 1;
      expect(identify(bytes)).toEqual({ kind: 'other', what: 'data of an unknown kind' });
    }
  });

  test('of a device that is too short for anything', () => {
    expect(identify(Buffer.alloc(0))).toEqual({ kind: 'blank' });
    expect(identify(Buffer.from('XFSB'))).toMatchObject({ type: 'xfs' });
  });
});

describe('the mark of a disk', () => {
  const mark = { state: 'made', dev: '/dev/vda', table: 'abcd', boot: 'b1' } as const;

  test('is read as it was written', () => {
    expect(renderMark(mark)).toHaveLength(4096);
    expect(parseMark(renderMark(mark))).toEqual(mark);
  });

  test.for([
    Buffer.alloc(4096),
    Buffer.from('statelite disk 1\n{"state":"made"'),
    Buffer.from('statelite disk 1\nnull\n'),
    Buffer.from('statelite disk 1\n{"state":"other","dev":"a","table":"b","boot":"c"}\n'),
    Buffer.from('statelite disk 1\n{"state":"made","dev":1,"table":"b","boot":"c"}\n'),
    Buffer.from('statelite disk 2\n{}'),
  ])('that is not whole is none (%#)', (bytes) => {
    expect(parseMark(bytes)).toBeUndefined();
  });
});
