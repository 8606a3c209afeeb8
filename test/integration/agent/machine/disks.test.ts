import { crc32 } from 'node:zlib';
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Deadline } from '../../../../agent/machine/deadline.ts';
import { markOffset, parseMark } from '../../../../agent/machine/disk-mark.ts';
import type { DiskPlan } from '../../../../agent/machine/disk-plan.ts';
import { deviceOf, openLocalDisk, openNamedDisk } from '../../../../agent/machine/disks.ts';
import { programs } from '../../../../agent/machine/spawn.ts';
import {
  diskMachine,
  diskSize,
  diskText,
  onPartition,
  poke,
  remark,
  sysfs,
} from '../../../helpers/disk-machine.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const mib = 2 ** 20;
const kinds = ({ steps }: DiskPlan) => steps.map(({ kind }) => kind);
const digest = (path: string) => crc32(readFileSync(path));

describe('dividing a disk', () => {
  test.for(['gpt', 'msdos'])('with a %s, then using it as it is', async (ptype) => {
    await using root = await tempRoot();
    const { plan, apply, mark, read, runs, system, deps, steps } = await diskMachine(root.path);

    const first = await plan(diskText(ptype));
    expect(kinds(first)).toEqual(['divide', 'swapon', 'mount']);
    await apply(first);

    expect(runs).toEqual([
      '/bin/busybox blockdev --rereadpt /dev/vda',
      '/sbin/mkfs.ext4 -F -q -E nodiscard -L sl-vda-1 /dev/vda1',
      '/bin/busybox mkswap /dev/vda2',
      '/bin/busybox swapon /dev/vda2',
      'load ext4',
    ]);
    const mount = `mount ${join(deps.places.dev, 'vda1')} /local ext4 errors=remount-ro noatime`;
    expect(system.calls).toEqual([mount]);
    expect(await mark()).toBe('made');
    const [disk] = await read();
    expect(
      disk?.table?.extents.map(({ start, size: bytes }) => [start / mib, bytes / mib]),
    ).toEqual([
      [1, 37],
      [38, 18],
    ]);
    expect(steps.map(({ step }) => step)).toEqual([
      `wipe and divide /dev/vda: ${ptype}, 1 ext4 37 MiB, 2 swap 18 MiB`,
      'swapon /dev/vda2',
      'mount /dev/vda1 (ext4) for localdisk entries',
    ]);
  });

  test('is logged before it is done', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk, deps, steps } = await diskMachine(root.path);
    const before = digest(disk);
    const log = {
      ...deps.log,
      info: (line: string) => {
        expect(line).toContain('wipe and divide /dev/vda');
        expect(digest(disk)).toBe(before);
        throw new Error('power cut');
      },
    };
    await expect(apply(await plan(diskText('gpt')), { log })).rejects.toThrow('power cut');
    expect(steps).toEqual([]);
  });

  test.for(['blockdev', 'mkfs.ext4', 'mkswap'])(
    'that is cut off at %s is begun again by the next boot, also without clear',
    async (program) => {
      await using root = await tempRoot();
      const { plan, apply, mark, steps } = await diskMachine(root.path, program);
      await expect(
        apply(await plan(diskText('gpt')), { deadline: new Deadline(1) }),
      ).rejects.toMatchObject({ code: 'ERR_STATELITE_STORE' });
      expect(await mark()).toBe('making');
      expect(steps[0]?.error).toContain('local disk');

      const again = await plan(diskText('gpt'), 'boot 2');
      expect(again.steps[0]).toMatchObject({ kind: 'divide', why: 'its division was cut off' });
    },
  );

  test('cut off anywhere between two writes is begun again', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk } = await diskMachine(root.path);
    const earlier = await machineAt(join(root.path, 'copy'));
    await apply(await plan(diskText('gpt')));
    const bytes = readFileSync(disk);
    const mark = parseMark(bytes.subarray(markOffset));
    if (mark === undefined) throw new Error('no mark');
    const pieces: [number, number][] = [
      [diskSize - 33 * 512, diskSize],
      [0, 512],
      [1024, 17_408],
    ];
    // What a cut leaves: the mark, and the first so many pieces of the table.
    for (let written = 0; written <= pieces.length; written += 1) {
      const cut = Buffer.alloc(diskSize);
      cut.write(`statelite disk 1\n${JSON.stringify({ ...mark, state: 'making' })}\n`, markOffset);
      for (const [from, to] of pieces.slice(0, written)) bytes.copy(cut, from, from, to);
      writeFileSync(earlier.disk, cut);
      expect((await earlier.plan(diskText('gpt'), 'boot 2')).steps[0]).toMatchObject({
        why: 'its division was cut off',
      });
    }
  });

  test('cut off in the middle of a mkfs, whatever of it is on the disk, is begun again', async () => {
    await using root = await tempRoot();
    const { plan, apply, read, disk } = await diskMachine(root.path);
    await apply(await plan(diskText('gpt')));
    const [first] = (await read())[0]?.table?.extents ?? [];
    if (first === undefined) throw new Error('no partition');
    await onPartition(disk, first, 'mke2fs', ['-t', 'ext4', '-F', '-q', '-L', 'sl-vda-1']);
    remark(disk, { state: 'making' });
    const page = 4096;
    const pages = readFileSync(disk).subarray(first.start, first.start + 20 * page);
    // Pages come to the disk in any order: each alone, and all but each.
    for (let number = 0; number < 20; number += 1) {
      for (const keeps of [(one: number) => one === number, (one: number) => one !== number]) {
        const cut = Buffer.from(pages);
        for (let one = 0; one < 20; one += 1) {
          if (!keeps(one)) cut.fill(0, one * page, (one + 1) * page);
        }
        poke(disk, first.start, cut);
        expect((await plan(diskText('gpt'), 'boot 2')).steps[0]).toMatchObject({
          why: 'its division was cut off',
        });
      }
    }
  });

  test('cut off after its xfs, which was mounted since: only clear=yes destroys it', async () => {
    await using root = await tempRoot();
    const { plan, apply, read, disk } = await diskMachine(root.path);
    await apply(await plan(diskText('gpt')));
    const [first] = (await read())[0]?.table?.extents ?? [];
    if (first === undefined) throw new Error('no partition');
    const superblock = Buffer.alloc(512);
    superblock.write('XFSB');
    superblock.writeUInt32BE(4096, 4);
    superblock.writeBigUInt64BE(1024n, 48); // the log is at 4 MiB
    superblock.writeUInt32BE(4096, 84);
    superblock.write('sl-vda-1', 108);
    superblock.writeUInt8(12, 124);
    poke(disk, first.start, superblock);
    poke(disk, first.start + 4 * mib, '\xfe\xed\xba\xbe');
    remark(disk, { state: 'making' });
    const why = async () => (await plan(diskText('gpt'), 'boot 2')).steps[0];
    expect(await why()).toMatchObject({ why: 'its division was cut off' });
    poke(disk, first.start + 4 * mib + 1024, '\xfe\xed\xba\xbe');
    await expect(why()).rejects.toThrow('/dev/vda2 holds nothing, not swap space');
    expect((await plan(diskText('gpt', 'yes'))).steps[0]).toMatchObject({ why: 'clear=yes' });
  });

  test('that is given up makes no further file system, and is not done', async () => {
    await using root = await tempRoot();
    const { plan, apply, mark, runs, deps } = await diskMachine(root.path);
    const giveUp = new AbortController();
    const run = async (file: string, argv: readonly string[]) => {
      if (file.includes('mkfs')) giveUp.abort();
      return deps.programs.run(file, argv);
    };
    await expect(
      apply(await plan(diskText('gpt')), { programs: { run }, signal: giveUp.signal }),
    ).rejects.toMatchObject({ code: 'ERR_STATELITE_STORE' });
    expect(runs.join('\n')).not.toContain('mkswap');
    expect(await mark()).toBe('making');
  });

  test('that is given up goes no further', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk } = await diskMachine(root.path);
    const before = digest(disk);
    const planned = await plan(diskText('gpt'));
    await expect(apply(planned, { signal: AbortSignal.abort() })).rejects.toThrow(
      'This operation was aborted',
    );
    expect(digest(disk)).toBe(before);
  });
});

/** Another one of the same kind, in a directory to be made. */
async function machineAt(root: string) {
  mkdirSync(root);
  return diskMachine(root);
}

describe('statelite.localdisk=', () => {
  test('may say which file system, or which disk', async () => {
    await using root = await tempRoot();
    const { deps, disk } = await diskMachine(root.path);
    await programs().run('mke2fs', ['-t', 'ext4', '-F', '-q', '-L', 'mine', disk]);
    for (const dev of ['LABEL=mine', '/dev/disk/by-id/virtio-d1', '/dev/vda']) {
      expect(await deviceOf(dev, deps)).toBe('/dev/vda');
    }
    mkdirSync(join(deps.places.dev, 'mapper'));
    writeFileSync(join(deps.places.dev, 'mapper/vg-lv'), '');
    expect(await deviceOf('/dev/mapper/vg-lv', deps)).toBe('/dev/mapper/vg-lv');
  });

  test.for([
    ['LABEL=other', 'there is no file system with LABEL=other'],
    ['/dev/vda', '/dev/vda holds nothing; statelite.localdisk= names an ext4 or xfs file system'],
    ['/dev/vda1', '/dev/vda1 is no partition'],
  ] as const)('of %s is refused', async ([dev, reason]) => {
    await using root = await tempRoot();
    const { deps } = await diskMachine(root.path);
    await expect(deviceOf(dev, { ...deps, deadline: new Deadline(1) })).rejects.toThrow(reason);
  });

  test('is not taken for the disk that was divided under another name', async () => {
    await using root = await tempRoot();
    const { deps, plan, apply, disk } = await diskMachine(root.path);
    await apply(await plan(diskText('gpt')));
    remark(disk, { dev: '/dev/vdb' });
    await expect(deviceOf('/dev/vda1', { ...deps, deadline: new Deadline(1) })).rejects.toThrow(
      '/dev/vda1 is the disk that was divided as /dev/vdb',
    );
  });

  test('is checked and mounted, and nothing else is done to it', async () => {
    await using root = await tempRoot();
    const { deps, disk, runs, system, steps } = await diskMachine(root.path);
    await programs().run('mke2fs', ['-t', 'ext4', '-F', '-q', '-L', 'mine', disk]);
    writeFileSync(join(root.path, 'e2fsck'), '');
    const before = digest(disk);
    await openNamedDisk('LABEL=mine', '/local', { ...deps, sbin: root.path });
    expect(runs).toEqual(['/e2fsck -p /dev/vda', 'load ext4']);
    expect(system.calls).toEqual([`mount ${disk} /local ext4 errors=remount-ro noatime`]);
    expect(steps.map(({ step }) => step)).toEqual([
      'check the file system of /dev/vda',
      'mount /dev/vda (ext4) for localdisk entries',
    ]);
    expect(digest(disk)).toBe(before);
  });

  test('may be a logical partition, which only the kernel has found', async () => {
    await using root = await tempRoot();
    const { deps, disk, system } = await diskMachine(root.path);
    const table = Buffer.alloc(512);
    table[446 + 4] = 0x05; // extended
    table.writeUInt32LE(2048, 446 + 8);
    table.writeUInt32LE(65_536, 446 + 12);
    table.writeUInt16LE(0xaa55, 510);
    writeFileSync(disk, Buffer.concat([table, Buffer.alloc(64 * mib - 512)]));
    const logical = join(deps.places.dev, 'vda5');
    await expect(
      openNamedDisk('/dev/vda5', '/local', { ...deps, deadline: new Deadline(1) }),
    ).rejects.toThrow('/dev/vda5 is no partition');
    writeFileSync(logical, Buffer.alloc(8 * mib));
    await expect(openNamedDisk('/dev/vda5', '/local', deps)).rejects.toThrow(
      '/dev/vda5 holds nothing',
    );
    await programs().run('mke2fs', ['-t', 'ext4', '-F', '-q', logical]);
    await openNamedDisk('/dev/vda5', '/local', { ...deps, sbin: root.path });
    expect(system.calls).toEqual([`mount ${logical} /local ext4 errors=remount-ro noatime`]);
  });

  test.for([
    ['/dev/md7', 'is not there'],
    ['/dev/mapper/vg-lv', 'holds nothing'],
  ] as const)('of %s is refused: it %s', async ([dev, reason]) => {
    await using root = await tempRoot();
    const { deps } = await diskMachine(root.path);
    mkdirSync(join(deps.places.dev, 'mapper'));
    writeFileSync(join(deps.places.dev, 'mapper/vg-lv'), Buffer.alloc(mib));
    const late = { ...deps, deadline: new Deadline(1) };
    await expect(openNamedDisk(dev, '/local', late)).rejects.toMatchObject({
      code: 'ERR_STATELITE_STORE',
      message: expect.stringContaining(`${dev} ${reason}; statelite.localdisk= names an ext4`),
    });
  });

  test('of a device that does not come is given to mount(2), which says so', async () => {
    await using root = await tempRoot();
    const { deps } = await diskMachine(root.path);
    expect(await deviceOf('/dev/md7', { ...deps, deadline: new Deadline(1) })).toBe('/dev/md7');
  });
});

test('the disk that is named is waited for, then the others that there are are told', async () => {
  await using root = await tempRoot();
  const { deps, places } = await diskMachine(root.path);
  cpSync(join(places.dev, 'vda'), join(places.dev, 'vdb'));
  const partition = { kind: 'format', text: diskText('gpt').replaceAll('vda', 'vdz') } as const;
  const deadline = new Deadline(1);
  await expect(
    openLocalDisk(partition, { root: root.path, target: '/local' }, { ...deps, deadline }),
  ).rejects.toThrow('there is no disk /dev/vdz; there are vda (virtio-d1)');
});

describe('a disk that comes late', () => {
  test('is the one that was divided under the name which another has meanwhile', async () => {
    await using root = await tempRoot();
    const { plan, apply, deps, places, block, disk } = await diskMachine(root.path);
    await apply(await plan(diskText('gpt')));
    const late = async () => {
      await delay(300);
      sysfs(join(places.sys, 'block/vdb'), { ...disks, dev: '254:16', serial: 'd1' });
      sysfs(join(places.sys, 'block/vdb/queue'), { logical_block_size: '512' });
      mkdirSync(join(places.sys, 'block/vdb/device'));
      renameSync(join(root.path, 'late'), join(places.dev, 'vdb'));
    };
    const disks = { size: String(diskSize / 512), ro: '0', removable: '0' };
    renameSync(disk, join(root.path, 'late'));
    for (const number of [1, 2]) rmSync(join(block, `vda${number}`), { recursive: true });
    writeFileSync(disk, '');
    truncateSync(disk, diskSize);
    const coming = late();
    const partition = { kind: 'format', text: diskText('gpt', 'yes') } as const;
    const where = { root: root.path, target: '/local' };
    deps.steps.length = 0;
    await openLocalDisk(partition, where, { ...deps, boot: 'boot 2' }).catch(() => undefined);
    await coming;
    expect(deps.steps[0]?.step).toContain('wipe and divide /dev/vdb');
    expect(digest(disk)).toBe(crc32(Buffer.alloc(diskSize)));
  });

  test('may need a driver that another driver asked for, and is known by its file system', async () => {
    await using root = await tempRoot();
    const { deps, places } = await diskMachine(root.path);
    const device = join(places.dev, 'vda');
    const hidden = join(root.path, 'hidden');
    renameSync(join(places.sys, 'block'), hidden);
    const uuid = '01234567-89ab-cdef-0123-456789abcdef';
    await promisify(execFile)('mkfs.ext4', ['-q', '-F', '-U', uuid, device]);
    let looks = 0;
    const loadForDevices = async () => {
      looks += 1;
      if (looks === 3) renameSync(hidden, join(places.sys, 'block'));
    };
    const modules = { ...deps.modules, loadForDevices };
    const text = `enable=yes\n[localspace]\ndev=UUID=${uuid}\n`;
    const where = { root: root.path, target: '/local' };
    expect(await openLocalDisk({ kind: 'format', text }, where, { ...deps, modules })).toBe(
      'mounted',
    );
    expect(deps.steps.map(({ step }) => step)).toContain(
      'mount /dev/vda (ext4) for localdisk entries',
    );
  });
});
