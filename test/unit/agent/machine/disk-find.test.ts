import { describe, expect, test } from 'vitest';
import { findPlace, isMarked } from '../../../../agent/machine/disk-find.ts';
import type { Disk } from '../../../../agent/machine/disk-survey.ts';
import { blank, diskOf, dividedDisk, filesystem } from '../../../helpers/disks.ts';

const found = (dev: string, disks: readonly Disk[]) => {
  const { disk, number, byId } = findPlace(dev, disks);
  return [disk.name, number, byId];
};

const made = (name: string, dev: string, table = 't1') =>
  dividedDisk(name, [filesystem('ext4'), blank], {
    mark: { state: 'made', dev, table, boot: 'earlier' },
  });

const disks = [
  diskOf('sda', { ids: ['wwn-0x5000', 'ata-A_1'] }),
  diskOf('sdb', { ids: ['wwn-0x5001'] }),
  diskOf('nvme0n1'),
  diskOf('mmcblk0'),
];

describe('dev=', () => {
  test.for([
    ['/dev/sda', 'sda', 0, false],
    ['/dev/sda3', 'sda', 3, false],
    ['/dev/nvme0n1', 'nvme0n1', 0, false],
    ['/dev/nvme0n1p2', 'nvme0n1', 2, false],
    ['/dev/mmcblk0p1', 'mmcblk0', 1, false],
    ['/dev/disk/by-id/wwn-0x5001', 'sdb', 0, true],
    ['/dev/disk/by-id/wwn-0x5001-part2', 'sdb', 2, true],
  ] as const)('%s', ([dev, name, number, byId]) => {
    expect(found(dev, disks)).toEqual([name, number, byId]);
  });

  test.for([
    '/dev/sdc',
    '/dev/sd',
    '/dev/sdap1',
    '/dev/nvme0n12',
    '/dev/sda0',
    '/dev/nvme0n1p0',
    '/dev/disk/by-id/x',
    '/dev/disk/by-id/wwn-0x5000-part0',
    '/dev/disk/by-path/pci-0000:00:1f.2-ata-1',
    '/dev/mapper/vg-lv',
  ])('%s is not there, and the error says what is', (dev) => {
    expect(() => findPlace(dev, disks)).toThrow(
      `there is no disk ${dev}; there are sda (wwn-0x5000), sdb (wwn-0x5001), nvme0n1, mmcblk0`,
    );
  });

  test.for([
    ['UUID=aa', 'sdb', 1],
    ['LABEL=data', 'sdc', 0],
  ] as const)('%s is where that file system is', ([dev, name, number]) => {
    const tagged = [
      diskOf('sda'),
      dividedDisk('sdb', [filesystem('ext4', 'aa'), blank]),
      diskOf('sdc', { content: filesystem('xfs', 'bb', 'data') }),
    ];
    expect(found(dev, tagged)).toEqual([name, number, true]);
  });

  test('a tag of one disk with two paths is that disk; of a copy with other ids it is refused', () => {
    const content = filesystem('ext4', 'aa');
    const [path, other] = ['sda', 'sdb'].map((name) => diskOf(name, { content, ids: ['wwn-1'] }));
    const copy = diskOf('sdc', { content, ids: ['wwn-2'] });
    if (path === undefined || other === undefined) return;
    expect(found('UUID=aa', [path, other])).toEqual(['sda', 0, true]);
    expect(() => findPlace('UUID=aa', [path, copy])).toThrow('there are two file systems');
  });

  test('a tag of two file systems, or of none, is refused', () => {
    const twins = ['sda', 'sdb'].map((name) => diskOf(name, { content: filesystem('ext4', 'aa') }));
    expect(() => findPlace('UUID=aa', twins)).toThrow('there are two file systems with UUID=aa');
    expect(() => findPlace('UUID=cc', twins)).toThrow('there is no file system with UUID=cc');
  });
});

describe('an id of two disks', () => {
  const id = '/dev/disk/by-id/wwn-1';

  test('is one disk with two paths if both show the same', () => {
    const paths = ['sda', 'sdb'].map((name) => ({ ...made(name, id), ids: ['wwn-1'] }));
    expect(found(`${id}-part2`, paths)).toEqual(['sda', 2, true]);
  });

  test.for([
    ['content', { content: filesystem('ext4') }],
    ['size', { size: 1 }],
    ['mark', { mark: { state: 'made', dev: '/dev/x', table: 'x', boot: 'x' } }],
  ] as const)('is refused if their %s differs', ([, more]) => {
    const twins = [diskOf('sda', { ids: ['wwn-1'] }), diskOf('sdb', { ids: ['wwn-1'], ...more })];
    expect(() => findPlace(id, twins)).toThrow(`${id} is each of sda and sdb`);
  });
});

describe('in another order', () => {
  const swapped = [made('sda', '/dev/sdb'), made('sdb', '/dev/sda', 't1')];

  test('each disk is the one that was divided under its name', () => {
    expect(found('/dev/sda', swapped)).toEqual(['sdb', 0, false]);
    expect(found('/dev/sda1', swapped)).toEqual(['sdb', 1, false]);
    expect(found('/dev/sdb', swapped)).toEqual(['sda', 0, false]);
  });

  test('the place of a missing disk is not taken by the next one', () => {
    expect(() => findPlace('/dev/sda', [made('sda', '/dev/sdb')])).toThrow(
      '/dev/sda is the disk that was divided as /dev/sdb, which the kernel has found in another order',
    );
  });

  test('two disks with the same mark, a copy perhaps, are nobody’s', () => {
    expect(() => findPlace('/dev/sda', [made('sda', '/dev/sda'), made('sdb', '/dev/sda')])).toThrow(
      '/dev/sda may be each of sda and sdb',
    );
  });

  test('an id is not that of a copy which has its mark', () => {
    const copy = { ...made('sda', '/dev/disk/by-id/wwn-1'), ids: ['wwn-2'] };
    expect(() => findPlace('/dev/disk/by-id/wwn-1', [copy])).toThrow(
      'there is no disk /dev/disk/by-id/wwn-1; there are sda (wwn-2)',
    );
  });

  test('a name by id means that disk, whatever its mark', () => {
    const disk = { ...made('sda', '/dev/sdz'), ids: ['wwn-1'] };
    expect(found('/dev/disk/by-id/wwn-1', [disk])).toEqual(['sda', 0, true]);
  });

  test('a mark of another table is a leftover', () => {
    const disk = made('sda', '/dev/sdb', 'other');
    expect(isMarked(disk)).toBe(false);
    expect(found('/dev/sda', [disk])).toEqual(['sda', 0, false]);
  });
});
