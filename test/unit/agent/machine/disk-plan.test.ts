import { describe, expect, test } from 'vitest';
import { raidMember, unknownData } from '../../../../agent/machine/disk-content.ts';
import { describeStep } from '../../../../agent/machine/disk-apply.ts';
import { planDisks } from '../../../../agent/machine/disk-plan.ts';
import type { Disk } from '../../../../agent/machine/disk-survey.ts';
import { parsePartitionFile } from '../../../../agent/protocol/partition-file.ts';
import { blank, diskOf, dividedDisk, filesystem, mebibyte, swap } from '../../../helpers/disks.ts';

const disk = (lines: string, dev = '/dev/sda') => `[disk]\ndev=${dev}\nparts=50,40\n${lines}\n`;
const space = '[localspace]\ndev=/dev/sda1\n[swapspace]\ndev=/dev/sda2\n';
const keep = disk('clear=no') + space;
const clear = disk('clear=yes') + space;

function plan(text: string, disks: readonly Disk[], boot = 'now') {
  const { steps, warnings } = planDisks(
    parsePartitionFile(`enable=yes\nenablepart=yes\n${text}`),
    disks,
    boot,
  );
  const words = steps.map((step) => {
    const why = 'why' in step ? `; ${step.why}` : '';
    return describeStep(step) + why;
  });
  return { words, warnings };
}

const uses = ['swapon /dev/sda2', 'mount /dev/sda1 (ext4) for localdisk entries'];
/** What was not made now is checked before it is mounted. */
const reuses = uses.toSpliced(1, 0, 'check the file system of /dev/sda1');
const divides = (why: string) =>
  `wipe and divide /dev/sda: msdos, 1 ext4 511 MiB, 2 swap 408 MiB; ${why}`;
const good = dividedDisk('sda', [filesystem('ext4'), swap]);
const mark = { state: 'made', dev: '/dev/sda', table: 't1', boot: 'earlier' } as const;

describe('what is done to a disk', () => {
  test.for([
    ['an empty one is divided', keep, diskOf('sda'), [divides('the disk is empty'), ...uses]],
    ['what fits is used', keep, good, reuses],
    ['clear=yes wipes', clear, good, [divides('clear=yes'), ...uses]],
    [
      'and data of others',
      clear,
      diskOf('sda', { content: filesystem('xfs') }),
      [divides('clear=yes'), ...uses],
    ],
    [
      'and what this agent made in an earlier boot',
      clear,
      { ...good, mark },
      [divides('clear=yes'), ...uses],
    ],
    ['but not twice in one boot', clear, { ...good, mark: { ...mark, boot: 'now' } }, reuses],
    [
      'unless it asks for other partitions by now',
      clear.replace('50,40', '40,50'),
      { ...good, mark: { ...mark, boot: 'now' } },
      ['wipe and divide /dev/sda: msdos, 1 ext4 408 MiB, 2 swap 511 MiB; clear=yes', ...uses],
    ],
    [
      'one that was cut off behind its table starts again',
      keep,
      { ...dividedDisk('sda', [blank, blank]), mark: { ...mark, state: 'making' } },
      [divides('its division was cut off'), ...uses],
    ],
    [
      'or before it',
      keep,
      diskOf('sda', { mark: { ...mark, state: 'making', table: 't9' } }),
      [divides('its division was cut off'), ...uses],
    ],
  ] as const)('%s', ([, text, given, expected]) => {
    expect(plan(text, [given]).words).toEqual(expected);
  });

  test.for([
    ['blank', blank],
    ['swap space', swap],
    ['a file system of ours that nobody has mounted', filesystem('ext4', 'u', 'sl-sdb-1')],
    ['an xfs of ours', filesystem('xfs', 'u', 'sl-sda-1')],
    ['half a file system', { kind: 'other', what: unknownData }],
  ] as const)('a division that was cut off and left %s goes on', ([, content]) => {
    const cut = dividedDisk('sda', [content, blank], { mark: { ...mark, state: 'making' } });
    expect(plan(keep, [cut]).words[0]).toBe(divides('its division was cut off'));
  });

  test.for([
    ['a file system that was mounted since', filesystem('ext4', 'u', 'sl-sda-1', true)],
    ['a file system made by hand', filesystem('ext4', 'u', '')],
    ['one with a label', filesystem('xfs', 'u', 'results')],
  ] as const)('a division that was cut off, and then %s: it is kept', ([, content]) => {
    const cut = dividedDisk('sda', [content, swap], { mark: { ...mark, state: 'making' } });
    const words = plan(keep, [cut]).words.join('\n');
    expect(words).not.toContain('divide');
    expect(words).toContain('mount /dev/sda1');
    // Only clear=yes destroys it.
    expect(plan(clear, [cut]).words[0]).toBe(divides('clear=yes'));
  });

  test.for(['a physical volume of LVM', raidMember, 'an encrypted volume (LUKS)'])(
    'a division that was cut off, and then %s: refused without clear=yes',
    (what) => {
      const cut = dividedDisk('sda', [{ kind: 'other', what }, swap], {
        mark: { ...mark, state: 'making' },
      });
      expect(() => plan(keep, [cut])).toThrow(`/dev/sda1 holds ${what}, not an ext4 file system`);
    },
  );

  test('enable other than yes does nothing at all', () => {
    const wishes = parsePartitionFile(`enable=no\nenablepart=yes\n${clear}`);
    expect(planDisks(wishes, [], 'now')).toEqual({ steps: [], warnings: [] });
  });

  test('enablepart other than yes divides nothing, and uses what is there', () => {
    const wishes = parsePartitionFile(`enable=yes\nenablepart=no\n${clear}`);
    expect(planDisks(wishes, [good], 'now').steps.map(describeStep)).toEqual(reuses);
  });

  test('partitions of stock xCAT, counted in whole gigabytes, are taken', () => {
    const size = 500e9;
    const near = dividedDisk('sda', [filesystem('ext4'), swap], {
      size,
      table: {
        kind: 'msdos',
        id: 'stock',
        extents: [
          { number: 1, start: mebibyte, size: 249e9 },
          { number: 2, start: 249e9, size: 199e9 },
        ],
      },
    });
    expect(plan(keep, [near]).words).toEqual(reuses);
  });

  test('the fstype of the section, or of localspace, is made', () => {
    expect(plan(`${disk('fstype=xfs')}${space}`, [diskOf('sda')]).words[0]).toContain('1 xfs 511');
    const own = `${disk('')}[localspace]\ndev=/dev/sda2\nfstype=xfs\n`;
    expect(plan(own, [diskOf('sda')]).words[0]).toContain('1 ext4 511 MiB, 2 xfs 408');
  });

  test('clear=yes is warned of: it wipes at every boot', () => {
    expect(plan(clear, [good]).warnings).toEqual([
      'clear=yes in [disk] /dev/sda wipes sda at every boot; clear=no keeps it',
    ]);
  });

  test('and more so by the name that a second disk may have at the next boot', () => {
    const second = diskOf('sdb');
    expect(plan(clear, [good, second]).warnings[1]).toBe(
      '/dev/sda is what the kernel found first of 2 disks; /dev/disk/by-id names one for good',
    );
    expect(plan(clear, [{ ...good, mark }, second]).warnings).toHaveLength(1);
  });

  test('a disk under another name than it was divided as is named', () => {
    const moved = { ...dividedDisk('sdb', [filesystem('ext4'), swap]), mark };
    const planned = plan(keep, [diskOf('sda', { content: filesystem('xfs') }), moved]);
    expect(planned.words).toEqual([
      'swapon /dev/sdb2',
      'check the file system of /dev/sdb1',
      'mount /dev/sdb1 (ext4) for localdisk entries',
    ]);
    expect(planned.warnings).toEqual(['the disk that was divided as /dev/sda is /dev/sdb now']);
  });

  test('by its id, partitions are -partN', () => {
    const id = '/dev/disk/by-id/wwn-1';
    const text = `${disk('', id)}[localspace]\ndev=${id}-part1\n[swapspace]\ndev=${id}-part2\n`;
    expect(plan(text, [diskOf('sda', { ids: ['wwn-1'], removable: true })]).words).toEqual([
      divides('the disk is empty'),
      ...uses,
    ]);
  });
});

describe('a disk that is named in two ways', () => {
  const id = '/dev/disk/by-id/wwn-1';
  const byId = `[localspace]\ndev=${id}-part1\n[swapspace]\ndev=${id}-part2\n`;

  const sda = diskOf('sda', { ids: ['wwn-1', 'ata-A'] });

  test('by the kernel in [disk], by its id in the others, is divided and found again', () => {
    const text = disk('') + byId;
    expect(plan(text, [sda]).words).toEqual([divides('the disk is empty'), ...uses]);
    expect(plan(text, [{ ...good, ids: ['wwn-1'], mark }]).words).toEqual(reuses);
  });

  test('by two ids is one disk, and one swap space', () => {
    const text = `${disk('', '/dev/disk/by-id/ata-A')}${byId}[swapspace]\ndev=/dev/disk/by-id/ata-A-part2\n`;
    expect(plan(text, [sda]).words).toEqual([divides('the disk is empty'), ...uses]);
  });

  test.for([
    ['[localspace]', `[localspace]\ndev=/dev/sda1\n`, '/dev/sda1', `${id}-part1`],
    ['[swapspace]', `[swapspace]\ndev=/dev/sda2\n`, '/dev/sda2', `${id}-part2`],
  ])('by its id in [disk], by the kernel in %s, is refused at any boot', ([, use, dev, better]) => {
    for (const one of [sda, { ...good, ids: ['wwn-1'], mark: { ...mark, dev: id } }]) {
      expect(() => plan(disk('', id) + use, [one])).toThrow(
        expect.objectContaining({
          message: `local disk: ${dev} is on the disk that [disk] names by its id`,
          hint: `write ${better} there too`,
        }),
      );
    }
  });

  test.for([
    ['[localspace]', '[localspace]\ndev=UUID=u1\n'],
    ['[swapspace]', '[swapspace]\ndev=UUID=u2\n'],
  ])('has no UUID for %s while it is divided', ([section, use]) => {
    const old = dividedDisk('sda', [filesystem('ext4', 'u1'), filesystem('ext4', 'u2')]);
    expect(() => plan(disk('clear=yes') + use, [old])).toThrow(
      `in ${section} is on sda, whose division makes it anew`,
    );
  });
});

test.for([
  ['no', 'yes'],
  ['yes', 'no'],
])('two [disk] sections for one disk, clear=%s and clear=%s, are refused', ([first, second]) => {
  const text = `${disk(`clear=${first}`)}${disk(`clear=${second}`, '/dev/disk/by-id/wwn-1')}${space}`;
  expect(() => plan(text, [{ ...good, ids: ['wwn-1'] }])).toThrow('two [disk] sections mean sda');
});

describe('what is refused', () => {
  test.for([
    [
      'data of others',
      keep,
      diskOf('sda', { content: filesystem('xfs') }),
      'sda has no partitions, but an xfs file system',
    ],
    [
      'unknown data',
      keep,
      diskOf('sda', { content: { kind: 'other', what: 'data of an unknown kind' } }),
      'sda has no partitions, but data of an unknown kind',
    ],
    [
      'another kind of table',
      disk('ptype=gpt') + space,
      good,
      'sda has a table of the kind msdos, not gpt',
    ],
    [
      'another number of partitions',
      keep.replace('50,40', '50,20,20'),
      good,
      'sda has 2 partitions, not 3',
    ],
    [
      'other sizes',
      keep.replace('50,40', '20,40'),
      good,
      'sda1 is 1-512 MiB, and parts says 1-205 MiB',
    ],
    [
      'sizes that are nearly right, on a disk of our own',
      keep.replace('50,40', '49,40'),
      { ...good, mark },
      'sda1 is 1-512 MiB',
    ],
    [
      'a partition without a file system',
      keep,
      dividedDisk('sda', [blank, swap]),
      '/dev/sda1 holds nothing, not an ext4 file system',
    ],
    [
      'another file system than wanted',
      keep.replace('sda1\n', 'sda1\nfstype=xfs\n'),
      good,
      '/dev/sda1 holds an ext4 file system, not an xfs file system',
    ],
    [
      'data where swap is wanted: stock makes it at every boot',
      keep,
      dividedDisk('sda', [filesystem('ext4'), filesystem('ext4')]),
      '/dev/sda2 holds an ext4 file system, not swap space',
    ],
    [
      'a disk in use',
      clear,
      { ...good, users: ['sda1 is mounted on /x'] },
      'sda is in use: sda1 is mounted on /x',
    ],
    [
      'half a mirror, though it looks like a file system',
      keep,
      dividedDisk('sda', [{ kind: 'other', what: raidMember }, swap]),
      '/dev/sda1 holds a member of a RAID, not an ext4 file system',
    ],
    [
      'a disk too large for its kind of table',
      keep,
      diskOf('sda', { size: 5 * 2 ** 40 }),
      'sda: a table of the kind msdos ends at 2 TiB',
    ],
    [
      'a read-only disk that is only used',
      keep,
      { ...good, readonly: true },
      '/dev/sda2 is read-only',
    ],
    ['a read-only disk', clear, { ...good, readonly: true }, 'sda is read-only'],
    [
      'a removable disk that is not named by its id',
      clear,
      { ...good, removable: true },
      'sda is removable',
    ],
    [
      'a partition in [disk]',
      disk('clear=yes', '/dev/sda1'),
      good,
      '/dev/sda1 in [disk] is a partition',
    ],
    [
      'parts that do not fit',
      keep.replace('50,40', '1GiB-9GiB'),
      diskOf('sda'),
      'sda: a partition up to',
    ],
    [
      'a partition that is not made',
      keep.replace('sda2', 'sda3'),
      diskOf('sda'),
      'there is no partition /dev/sda3 for [swapspace]',
    ],
    ['one for both', keep.replace('sda2', 'sda1'), diskOf('sda'), '/dev/sda1 is both'],
    [
      'two words about one file system',
      disk('fstype=ext4') + space.replace('sda1\n', 'sda1\nfstype=xfs\n'),
      diskOf('sda'),
      'the fstype of /dev/sda1 is xfs in [localspace], ext4 in [disk]',
    ],
    [
      'the whole of a disk with partitions as localspace',
      `${disk('')}[localspace]\ndev=/dev/sda\n`,
      good,
      '/dev/sda holds partitions',
    ],
    ['no such disk', keep, diskOf('vda'), 'there is no disk /dev/sda; there are vda'],
  ] as const)('%s', ([, text, given, reason]) => {
    expect(() => plan(text, [given])).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_STORE',
        message: expect.stringContaining(`local disk: ${reason}`),
        hint: expect.stringMatching(/./u),
      }),
    );
  });

  test.for([
    ['data of others', { content: filesystem('xfs') }, 'sdb has no partitions'],
    ['a table that ends at 2 TiB', { size: 5 * 2 ** 40 }, 'sdb: a table of the kind msdos ends'],
    ['a disk that is too small', { size: mebibyte }, 'sdb: a disk of 1048576 bytes is too small'],
  ] as const)('%s is refused before any disk is wiped: one stops all', ([, more, reason]) => {
    const text = disk('clear=yes') + disk('clear=no', '/dev/sdb');
    expect(() => plan(text, [diskOf('sda'), diskOf('sdb', more)])).toThrow(reason);
  });
});

test('what is not cleared is never divided, unless it is empty or its division was cut off', () => {
  const contents = [
    filesystem('ext4'),
    filesystem('xfs'),
    swap,
    { kind: 'other', what: 'x' } as const,
  ];
  const marks = [
    undefined,
    mark,
    { ...mark, table: 'other' },
    { ...mark, state: 'making', table: 'other' } as const,
  ];
  for (const content of contents) {
    for (const one of marks) {
      for (const given of [
        diskOf('sda', { content, mark: one }),
        dividedDisk('sda', [content, blank], { mark: one }),
      ]) {
        expect(() => plan(keep, [given])).toThrow('local disk: ');
      }
    }
  }
});
