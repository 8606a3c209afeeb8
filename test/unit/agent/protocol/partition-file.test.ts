import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { parsePartitionFile } from '../../../../agent/protocol/partition-file.ts';

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
    ['enabled=yes', 'line 1: "enabled=yes" is not understood before the first section'],
    ['enable=yes\nenable=no', 'line 2: enable is there twice'],
    ['enable=yes\n[disc]', 'line 2: there is no section [disc]'],
    ['enable=yes\n[toString]', 'line 2: there is no section [toString]'],
    ['enable=yes\n[disk]\nsize=3', 'line 3: "size=3" is not understood in [disk]'],
    ['enable=yes\n[disk]\ndev=/dev/sda\nptype=bsd\nparts=1', 'line 2: ptype=bsd is neither'],
    ['enable=yes\n[disk]\ndev=/dev/sda\nfstype=btrfs\nparts=1', 'line 2: fstype=btrfs is not'],
    ['enable=yes\n[disk]\ndev=/dev/sda', 'line 2: parts is blank'],
    ['enable=yes\n[disk]\ndev=/dev/sda\nparts=1,1,1,1,1', 'at most 4 partitions; write ptype=gpt'],
    ['enable=yes\n[disk]\nparts=100', 'line 2: dev= of [disk] is no device'],
    [
      'enable=yes\n[localspace]\ndev=/dev/a\n\n[localspace]\ndev=/dev/b',
      'line 5: there is a second [localspace]',
    ],
    [
      'enable=yes\n[disk]\ndev=/dev/a\nparts=1\n[disk]\ndev=/dev/a\nparts=2',
      'line 5: there is a second [disk]',
    ],
  ])('%j is refused with its line', ([text, reason]) => {
    expect(() => parsePartitionFile(text ?? '')).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_STORE',
        message: expect.stringContaining(reason ?? ''),
      }),
    );
  });

  test('cut off anywhere says the same, less, or is refused: never clear=yes for another disk', () => {
    const full = parsePartitionFile(whole);
    const cuts = Array.from(whole, (_, length) => whole.slice(0, length));
    const understood = cuts.filter((cut) => errorOf(cut) === undefined);
    const wished = understood.flatMap((cut) => parsePartitionFile(cut).disks);
    expect(wished.length).toBeGreaterThan(10);
    const meant = wished.filter(({ dev, clear }) =>
      full.disks.some((disk) => disk.dev === dev && (disk.clear || !clear)),
    );
    expect(meant).toEqual(wished);
  });

  test.for(['enable=no\n[disc]\n', '[disk]\nsize=3\n', 'enablepart=yes\n[disk]\n'])(
    '%j is not enabled, so nothing of its sections is looked at',
    (text) => {
      expect(parsePartitionFile(text)).toMatchObject({ enable: false, disks: [] });
    },
  );

  test('is named by its path where that is known', () => {
    expect(() => parsePartitionFile('x', '/install/disk')).toThrow('/install/disk, line 1: "x"');
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
    expect(() => parsePartitionFile(`enable=yes\n[swapspace]\ndev=${dev}`)).toThrow('is no device');
  });

  test.for(['UUID=u1', 'LABEL=data'])(
    '%s is no disk to divide: it goes with what is on it',
    (dev) => {
      const text = `enable=yes\nenablepart=yes\n[disk]\ndev=${dev}\nparts=90\n`;
      expect(() => parsePartitionFile(text)).toThrow(`dev=${dev} of [disk] goes with the first`);
    },
  );

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
      return errorOf(`enable=yes\n${words.join('')}`);
    });
    const ours = thrown.filter((error) => error !== undefined);
    expect(ours.length).toBeGreaterThan(100);
    expect(ours.filter((error) => !(error instanceof StateliteError))).toEqual([]);
  });

  test('of very many sections is refused before they are kept', () => {
    expect(() =>
      parsePartitionFile(`enable=yes\n${'[swapspace]\ndev=/dev/a\n'.repeat(3000)}`),
    ).toThrow('there are too many sections');
  });
});
