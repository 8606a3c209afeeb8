import { describe, expect, test } from 'vitest';
import {
  contentBytes,
  describeContent,
  endBytes,
  identify,
  isRaidMember,
  isWrittenXfsLog,
  xfsLogAt,
} from '../../../../agent/machine/disk-content.ts';
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
    expect(content).toEqual({
      kind: 'filesystem',
      type,
      uuid: written,
      label: 'scratch',
      used: false,
    });
  });

  test('xfs', () => {
    const bytes = head((at) => {
      at.write('XFSB');
      uuid.copy(at, 32);
      at.write('data', 108);
    });
    const expected = { kind: 'filesystem', type: 'xfs', uuid: written, label: 'data', used: false };
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
    [1024, '\x10\x20\xf5\xf2', 'f2fs'],
    [4120, '\xc6\x85\x73\xf6\x4e\x1a\x45\xca', 'bcachefs'],
    [32_768, 'JFS1', 'JFS'],
    [65_588, 'ReIsEr2Fs', 'ReiserFS'],
    [0, 'bluestore block device\n', 'Ceph'],
    [32, 'ORCLDISK', 'ASM'],
  ] as const)('at %i %j is somebody else’s', ([offset, magic, what]) => {
    const content = identify(head((bytes) => bytes.write(magic, offset, 'latin1')));
    expect(content.kind).toBe('other');
    expect(describeContent(content)).toContain(what);
  });

  test.for([
    [44, 1, 'mounted at some time'],
    [52, 1, 'mounted once'],
  ] as const)('byte %i of the superblock says that it was mounted', ([at, value]) => {
    const bytes = ext(0x3c, 0x242);
    bytes[1024 + at] = value;
    expect(identify(bytes)).toMatchObject({ type: 'ext4', used: true });
  });

  test.for([
    [0, 0, 0, false],
    [64, 61, 0, false],
    [64, 60, 0, true],
    [64, 60, 1, false],
  ] as const)(
    'xfs of %i inodes, %i free, being made %i: used is %s',
    ([all, free, making, used]) => {
      const bytes = head((at) => {
        at.write('XFSB');
        at.writeUInt8(making, 126);
        at.writeBigUInt64BE(BigInt(all), 128);
        at.writeBigUInt64BE(BigInt(free), 136);
      });
      expect(identify(bytes)).toMatchObject({ type: 'xfs', used });
    },
  );

  test('the log of an xfs is in one of its groups, and one record in it is of mkfs', () => {
    const bytes = head((at) => {
      at.writeUInt32BE(4096, 4);
      at.writeBigUInt64BE((2n << 14n) + 6n, 48);
      at.writeUInt32BE(16_000, 84);
      at.writeUInt8(14, 124);
    });
    expect(xfsLogAt(bytes)).toBe((2 * 16_000 + 6) * 4096);
    expect(xfsLogAt(head(() => {}))).toBeUndefined();
    const log = Buffer.alloc(8192);
    expect(isWrittenXfsLog(log)).toBe(false);
    log.write('\xfe\xed\xba\xbe', 0, 'latin1');
    expect(isWrittenXfsLog(log)).toBe(false);
    log.write('\xfe\xed\xba\xbe', 1024, 'latin1');
    expect(isWrittenXfsLog(log)).toBe(true);
  });

  test.for([
    [4096, '\xfc\x4e\x2b\xa9', 'a member of a RAID'],
    [0, '\xfc\x4e\x2b\xa9', 'a member of a RAID'],
    [512, 'LABELONE', 'a physical volume of LVM'],
    [1536, 'LABELONE', 'a physical volume of LVM'],
    [0, 'LUKS\xba\xbe', 'an encrypted volume (LUKS)'],
  ] as const)('at %i %j counts more than an old file system', ([at, magic, what]) => {
    const bytes = ext(0x3c, 0x242);
    bytes.write(magic, at, 'latin1');
    expect(identify(bytes)).toEqual({ kind: 'other', what });
  });

  test('the journal of another file system is none', () => {
    expect(identify(ext(0x3c, 0x8))).toEqual({
      kind: 'other',
      what: 'the journal of a file system',
    });
  });

  const tib = 2 ** 40;
  test.for([
    ['md 0.90', 65_536 * 100, 65_536 * 99, '\xfc\x4e\x2b\xa9', true],
    ['md 0.90 of an odd size', 65_536 * 100 + 5120, 65_536 * 99, '\xfc\x4e\x2b\xa9', true],
    ['md 0.90 of a big-endian machine', 65_536 * 100, 65_536 * 99, '\xa9\x2b\x4e\xfc', true],
    ['md 1.0', tib, tib - 8192, '\xfc\x4e\x2b\xa9', true],
    ['md 1.0 of an odd size', tib + 512, tib - 8192, '\xfc\x4e\x2b\xa9', true],
    ['Intel', tib, tib - 1024, 'Intel Raid ISM Cfg Sig. 1.3', true],
    ['Intel, sectors of 4 KiB', tib, tib - 8192, 'Intel Raid ISM Cfg Sig. 1.3', true],
    ['DDF', tib, tib - 512, '\xde\x11\xde\x11', true],
    ['the same bytes elsewhere', tib, tib - 5000, '\xfc\x4e\x2b\xa9', false],
  ] as const)('%s at the end', ([, size, at, magic, expected]) => {
    const bytes = Buffer.alloc(endBytes);
    bytes.write(magic, at - (size - endBytes), 'latin1');
    expect(isRaidMember(bytes, size)).toBe(expected);
  });

  test('of a RAID, in what is too small for one', () => {
    for (const size of [0, 512, 4096, 65_536]) {
      expect(isRaidMember(Buffer.alloc(size), size)).toBe(false);
    }
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
    expect(identify(Buffer.from('XFSB'))).toMatchObject({ type: 'xfs', used: true });
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
