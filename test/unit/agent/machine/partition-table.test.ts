import { describe, expect, test } from 'vitest';
import {
  parseGpt,
  type Piece,
  randomGuid,
  renderGpt,
} from '../../../../agent/machine/partition-gpt.ts';
import { mbrLimit, parseMbr, renderMbr } from '../../../../agent/machine/partition-mbr.ts';

const mib = 2 ** 20;
const size = 64 * mib;
const partition = (start: number, length: number, swap = false) => ({
  start: start * mib,
  size: length * mib,
  swap,
  id: randomGuid(),
});
const two = [partition(1, 20), partition(21, 8, true)];

function diskWith(pieces: readonly Piece[]): Buffer {
  const disk = Buffer.alloc(size);
  for (const { offset, bytes } of pieces) bytes.copy(disk, offset);
  return disk;
}

function messageOf(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('a GPT', () => {
  test.for([512, 4096])('with sectors of %i bytes is read as it was written', (sector) => {
    const id = randomGuid();
    const disk = diskWith(renderGpt({ size, sector }, id, two));
    expect(parseGpt(disk.subarray(0, mib), sector)).toEqual({
      kind: 'gpt',
      id: id.toString('hex'),
      extents: [
        { number: 1, start: mib, size: 20 * mib },
        { number: 2, start: 21 * mib, size: 8 * mib },
      ],
    });
  });

  test('has its second table at the end, and a protective MBR', () => {
    const disk = diskWith(renderGpt({ size, sector: 512 }, randomGuid(), two));
    expect(disk.toString('latin1', size - 512, size - 504)).toBe('EFI PART');
    expect(disk[450]).toBe(0xee);
    expect(disk.readUInt32LE(458)).toBe(size / 512 - 1);
    expect(disk.subarray(1024, 1024 + 16_384)).toEqual(disk.subarray(size - 33 * 512, size - 512));
    expect(parseMbr(disk, { size, sector: 512 })).toBeUndefined();
  });

  test('is no table until the last piece of it is written', () => {
    const pieces = renderGpt({ size, sector: 512 }, randomGuid(), two);
    for (let written = 0; written < pieces.length; written += 1) {
      const disk = diskWith(pieces.slice(0, written));
      expect(parseGpt(disk, 512)).toBeUndefined();
      expect(parseMbr(disk, { size, sector: 512 })).toBeUndefined();
    }
    expect(parseGpt(diskWith(pieces), 512)).toBeDefined();
  });

  test('with one bit changed in its header or its entries is none', () => {
    const disk = diskWith(renderGpt({ size, sector: 512 }, randomGuid(), two));
    for (const at of [512 + 24, 512 + 56, 512 + 72, 1024, 1024 + 40, 1024 + 16_000]) {
      const damaged = Buffer.from(disk.subarray(0, mib));
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(parseGpt(damaged, 512)).toBeUndefined();
    }
  });

  test('of hostile numbers is none, and nothing is thrown', () => {
    let seed = 3;
    const next = () => (seed = (seed * 48_271) % 2_147_483_647);
    const disk = diskWith(renderGpt({ size, sector: 512 }, randomGuid(), two)).subarray(0, mib);
    for (let round = 0; round < 500; round += 1) {
      const damaged = Buffer.from(disk);
      for (let change = 0; change < 4; change += 1) damaged[512 + (next() % 92)] = next() % 256;
      expect(() => parseGpt(damaged, 512)).not.toThrow();
      expect(() => parseMbr(damaged.subarray(512), { size, sector: 512 })).not.toThrow();
    }
    expect(parseGpt(Buffer.alloc(100), 512)).toBeUndefined();
  });
});

describe('an MBR', () => {
  test('is read as it was written', () => {
    const id = Buffer.from('01020304', 'hex');
    const disk = diskWith(renderMbr({ size, sector: 512 }, id, two));
    expect(parseMbr(disk, { size, sector: 512 })).toEqual({
      kind: 'msdos',
      id: '01020304',
      extents: [
        { number: 1, start: mib, size: 20 * mib },
        { number: 2, start: 21 * mib, size: 8 * mib },
      ],
    });
    expect([disk[450], disk[466]]).toEqual([0x83, 0x82]);
  });

  test.for([
    [512, 2, undefined],
    [512, 2.5, 'a table of the kind msdos ends at 2 TiB'],
    [4096, 2.5, undefined],
    [4096, 17, 'a table of the kind msdos ends at 16 TiB'],
  ] as const)('with sectors of %i bytes up to %d TiB: %s', ([sector, end, expected]) => {
    const parts = [partition(1, end * mib - 1)];
    expect(mbrLimit(sector, parts)).toBe(expected);
    const table = { size: 32 * 2 ** 40, sector };
    expect(messageOf(() => renderMbr(table, Buffer.alloc(4), parts))).toBe(expected);
  });

  test('has no place for a fifth partition', () => {
    const five = Array.from({ length: 5 }, (_, index) => partition(index + 1, 1));
    expect(mbrLimit(512, five)).toBe('a table of the kind msdos has at most 4 partitions');
  });

  test('is not seen in the first sector of a FAT file system', () => {
    const sector = Buffer.alloc(512);
    sector.write('NO NAME    FAT32   ', 71);
    sector.fill(0x4e, 446, 510); // its code
    sector.writeUInt16LE(0xaa55, 510);
    expect(parseMbr(sector, { size, sector: 512 })).toBeUndefined();
  });
});
