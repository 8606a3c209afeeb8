import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { parsePartitionFile } from '../../../../agent/machine/partition-file.ts';

const whole = `# a comment
enable=yes
enablepart = yes

[disk]
dev=/dev/sda
clear=yes
ptype=gpt
fstype=xfs
parts=20,10G-50G
[disk]
  dev=/dev/disk/by-id/nvme-eui.0025
  clear=no
  parts=100

[localspace]
dev=/dev/sda1
fstype=xfs

[swapspace]
dev=/dev/sda2
[swapspace]
dev=/dev/sda3
`;

function errorOf(text: string): unknown {
  try {
    parsePartitionFile(text);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a partitionfile', () => {
  test('says what is wanted of each disk', () => {
    const wishes = parsePartitionFile(whole);
    expect(wishes).toMatchObject({
      enable: true,
      enablepart: true,
      disks: [
        { dev: '/dev/sda', clear: true, ptype: 'gpt', fstype: 'xfs' },
        { dev: '/dev/disk/by-id/nvme-eui.0025', clear: false, ptype: 'msdos', fstype: undefined },
      ],
      localspace: { dev: '/dev/sda1', fstype: 'xfs' },
      swaps: ['/dev/sda2', '/dev/sda3'],
    });
    expect(wishes.disks[0]?.parts).toHaveLength(2);
  });

  test('may have line ends of Windows', () => {
    expect(parsePartitionFile(whole.replaceAll('\n', '\r\n'))).toEqual(parsePartitionFile(whole));
  });

  test('without enable asks for nothing', () => {
    expect(parsePartitionFile('')).toMatchObject({ enable: false, enablepart: false, disks: [] });
  });

  test.for(['no', '', 'Yes', 'YES', '1', 'true', 'yes please'])(
    'clear=%s keeps the data: only yes is yes (node QUIRK-39)',
    (value) => {
      const text = `enable=yes\n[disk]\ndev=/dev/sda\nclear=${value}\nparts=100\n`;
      expect(parsePartitionFile(text).disks[0]?.clear).toBe(false);
    },
  );

  test.for([
    ['[disc]', 'line 1: there is no section [disc]'],
    ['[toString]', 'line 1: there is no section [toString]'],
    ['enabled=yes', 'line 1: "enabled=yes" is not understood before the first section'],
    ['enable=yes\nenable=no', 'line 2: enable is there twice'],
    ['[disk]\nsize=3', 'line 2: "size=3" is not understood in [disk]'],
    ['[disk]\ndev=/dev/sda\nptype=bsd\nparts=1', 'line 1: ptype=bsd is neither msdos nor gpt'],
    ['[disk]\ndev=/dev/sda\nfstype=btrfs\nparts=1', 'line 1: fstype=btrfs is not known'],
    ['[disk]\ndev=/dev/sda', 'line 1: parts is blank'],
    ['[disk]\ndev=/dev/sda\nparts=1,1,1,1,1', 'at most 4 partitions; write ptype=gpt'],
    ['[disk]\nparts=100', 'line 1: dev= of [disk] is no device'],
    [
      '[localspace]\ndev=/dev/a\n\n[localspace]\ndev=/dev/b',
      'line 4: there is a second [localspace]',
    ],
    [
      '[disk]\ndev=/dev/a\nparts=1\n[disk]\ndev=/dev/a\nparts=2',
      'line 4: there is a second [disk]',
    ],
  ])('%j is refused with its line', ([text, reason]) => {
    expect(() => parsePartitionFile(text ?? '')).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_STORE',
        message: expect.stringContaining(reason ?? ''),
      }),
    );
  });

  test.for([
    '/etc/passwd',
    '/dev/../etc/passwd',
    '/dev/',
    '/dev/sda;reboot',
    '/dev/a b',
    '$(x)',
    'UUID=../x',
  ])('dev=%s is no device', (dev) => {
    expect(() => parsePartitionFile(`[swapspace]\ndev=${dev}`)).toThrow('is no device');
  });

  test('whatever else is in it is an error of the operator, never one of ours', () => {
    const pieces = [
      '[',
      ']',
      'disk',
      '=',
      '\n',
      'dev',
      '/dev/sda',
      '\0',
      '-',
      '9'.repeat(40),
      'parts',
      ' ',
    ];
    let seed = 7;
    const next = () => (seed = (seed * 48_271) % 2_147_483_647);
    const thrown = Array.from({ length: 2000 }, () => {
      const words = Array.from({ length: next() % 30 }, () => pieces[next() % pieces.length]);
      return errorOf(words.join(''));
    });
    const ours = thrown.filter((error) => error !== undefined);
    expect(ours.length).toBeGreaterThan(100);
    expect(ours.filter((error) => !(error instanceof StateliteError))).toEqual([]);
  });

  test('of very many sections is refused before they are kept', () => {
    expect(() => parsePartitionFile('[swapspace]\ndev=/dev/a\n'.repeat(3000))).toThrow(
      'there are too many sections',
    );
  });
});
