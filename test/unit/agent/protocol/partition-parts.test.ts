import { describe, expect, test } from 'vitest';
import { type Extent, layOut, parseParts } from '../../../../agent/protocol/partition-parts.ts';

const mib = 2 ** 20;
/** Partitions in MiB on a disk of so many. */
function laid(text: string, disk: number): string | (readonly [number, number])[] {
  const parts = parseParts(text);
  if (typeof parts === 'string') return parts;
  const extents: Extent[] | string = layOut(parts, disk * mib);
  if (typeof extents === 'string') return extents;
  return extents.map(({ start, size }) => [start / mib, size / mib] as const);
}

describe('parts', () => {
  test.for([
    ['100', 102, [[1, 100]]],
    [
      '50,50',
      102,
      [
        [1, 50],
        [51, 50],
      ],
    ],
    [
      '50%,25',
      102,
      [
        [1, 50],
        [51, 25],
      ],
    ],
    ['10MiB-20MiB', 102, [[10, 10]]],
    ['0-10MiB', 102, [[1, 9]]],
    ['1GiB-2GiB', 4096, [[1024, 1024]]],
    // of parted: without i it is powers of 1000; down to the MiB
    ['100MB-200MB', 4096, [[95, 95]]],
    ['100-200', 4096, [[95, 95]]],
    [
      '0%-50%,50%-100%',
      102,
      [
        [1, 50],
        [51, 50],
      ],
    ],
    // a share goes on where the range before it ends, which stock forgets
    [
      '10,20MiB-40MiB,10',
      102,
      [
        [1, 10],
        [20, 20],
        [40, 10],
      ],
    ],
  ] as const)('%s of %i MiB', ([text, disk, expected]) => {
    expect(laid(text, disk)).toEqual(expected);
  });

  test.for([
    ['60,60', 102, 'more than 100 percent'],
    ['10MiB-30MiB,20MiB-40MiB', 102, 'lies over the one before it'],
    ['50,10MiB-20MiB', 102, 'lies over the one before it'],
    ['10MiB-200MiB', 102, 'does not fit'],
    ['20MiB-10MiB', 102, 'smaller than 1 MiB'],
    ['100', 2, 'is too small'],
    ['1', 12, 'smaller than 1 MiB'],
    ['', 102, 'parts is blank'],
    ['0', 102, 'is neither 20 nor 10G-50G'],
    ['101', 102, 'is neither'],
    ['ten', 102, 'is neither'],
    ['1G-2G-3G', 102, 'is neither'],
    ['1X-2X', 102, 'is neither'],
    ['-5', 102, 'is neither'],
    ['1e9', 102, 'is neither'],
    [Array.from({ length: 129 }, () => '1').join(','), 1000, 'more than 128 partitions'],
  ] as const)('%s of %i MiB is refused', ([text, disk, reason]) => {
    expect(laid(text, disk)).toContain(reason);
  });

  test('never lie over each other or beyond the disk, whatever the shares', () => {
    for (let a = 1; a < 100; a += 7) {
      for (const disk of [103, 511, 4097, 1_907_729]) {
        const extents = laid(`${a},${100 - a}`, disk);
        if (typeof extents === 'string') continue;
        const [first = [0, 0], second = [0, 0]] = extents;
        expect(first[0] + first[1]).toBe(second[0]);
        expect(second[0] + second[1]).toBeLessThanOrEqual(disk - 1);
      }
    }
  });
});
