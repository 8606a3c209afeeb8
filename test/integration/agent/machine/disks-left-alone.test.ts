import { crc32 } from 'node:zlib';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { identify } from '../../../../agent/machine/disk-content.ts';
import { markOffset, renderMark } from '../../../../agent/machine/disk-mark.ts';
import type { DiskPlan } from '../../../../agent/machine/disk-plan.ts';
import { listDisks, readDisk } from '../../../../agent/machine/disk-survey.ts';
import { openLocalDisk } from '../../../../agent/machine/disks.ts';
import { programs } from '../../../../agent/machine/spawn.ts';
import {
  diskMachine,
  diskSize,
  diskText,
  onPartition,
  poke,
  sysfs,
} from '../../../helpers/disk-machine.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const mib = 2 ** 20;
const kinds = ({ steps }: DiskPlan) => steps.map(({ kind }) => kind);
const digest = (path: string) => crc32(readFileSync(path));

describe('what is left alone', () => {
  test.for([
    ['raw data at the start', 4096],
    ['raw data where partitions usually begin', 2 ** 20 + 1080],
    ['raw data in the middle', diskSize / 2 + 100],
    ['raw data near the end', diskSize - 4096],
  ] as const)('%s: refused, and not a bit changes', async ([, at]) => {
    await using root = await tempRoot();
    const { disk, deps } = await diskMachine(root.path);
    poke(disk, at, '\x01');
    const before = digest(disk);
    const partition = { kind: 'format', text: diskText('gpt') } as const;
    await expect(
      openLocalDisk(partition, { root: root.path, target: '/local' }, deps),
    ).rejects.toThrow('vda has no partitions, but data ');
    expect(digest(disk)).toBe(before);
    expect(deps.steps).toEqual([]);
  });

  test.for(['gpt', 'msdos'])('a disk of ours that has lost its %s', async (ptype) => {
    await using root = await tempRoot();
    const { plan, apply, disk } = await diskMachine(root.path);
    await apply(await plan(diskText(ptype)));
    poke(disk, 0, Buffer.alloc(1024));
    await expect(plan(diskText(ptype))).rejects.toThrow('but a division whose table is gone');
  });

  test.for(['gpt', 'msdos'])(
    'half of a mirror that looks like a file system, in a %s',
    async (ptype) => {
      await using root = await tempRoot();
      const { plan, apply, read, disk } = await diskMachine(root.path);
      await apply(await plan(diskText(ptype)));
      const [found] = await read();
      const [first, second] = found?.table?.extents ?? [];
      if (first === undefined || second === undefined) throw new Error('no partitions');
      await onPartition(disk, first, 'mke2fs', ['-t', 'ext4', '-F', '-q']);
      await onPartition(disk, second, '/bin/busybox', ['mkswap']);
      expect(kinds(await plan(diskText(ptype)))).toEqual(['swapon', 'check', 'mount']);

      poke(disk, first.start + first.size - 8192, '\xfc\x4e\x2b\xa9');
      await expect(plan(diskText(ptype))).rejects.toThrow('/dev/vda1 holds a member of a RAID');

      poke(disk, first.start + first.size - 8192, Buffer.alloc(8192));
      poke(disk, diskSize - 1024, 'Intel Raid ISM Cfg Sig. 1.3');
      await expect(plan(diskText(ptype))).rejects.toThrow('/dev/vda2 holds a member of a RAID');
    },
  );

  test('a disk of a RAID that seems to be empty', async () => {
    await using root = await tempRoot();
    const { plan, disk } = await diskMachine(root.path);
    poke(disk, diskSize - 65_536, '\xfc\x4e\x2b\xa9');
    await expect(plan(diskText('gpt'))).rejects.toThrow('no partitions, but a member of a RAID');
  });

  test('a table whose partitions lie beyond the end of the disk, which was larger once', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk, block } = await diskMachine(root.path);
    await apply(await plan(diskText('gpt')));
    truncateSync(disk, diskSize / 2);
    sysfs(block, { size: String(diskSize / 2 / 512) });
    const before = digest(disk);
    await expect(plan(diskText('gpt'))).rejects.toThrow(
      'local disk: vda1 is 1-38 MiB, and parts says',
    );
    await expect(plan(diskText('gpt').replace('yes\n[', 'no\n['))).rejects.toThrow(
      '/dev/vda2 holds what is beyond the end of the disk, not swap space',
    );
    expect(digest(disk)).toBe(before);
  });

  test('a disk whose division was cut off before anything old was gone', async () => {
    await using root = await tempRoot();
    const { plan, disk, mark } = await diskMachine(root.path);
    const cut = { state: 'making', dev: '/dev/vda', table: 'ab', boot: 'boot 0' } as const;
    poke(disk, markOffset, renderMark(cut));
    poke(disk, diskSize / 2 + 10, 'somebody’s');
    expect(await mark()).toBe('making');
    await expect(plan(diskText('gpt'))).rejects.toThrow(
      'vda has no partitions, but data further on',
    );
    expect((await plan(diskText('gpt', 'yes'))).steps[0]).toMatchObject({ why: 'clear=yes' });
  });

  test('a disk that is not as it was when that was decided', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk, read } = await diskMachine(root.path);
    const [planned, disks] = [await plan(diskText('gpt', 'yes')), await read()];
    poke(disk, 5000, 'another disk');
    const before = digest(disk);
    await expect(apply(planned, {}, disks)).rejects.toThrow(
      'vda changed while the node booted; nothing was written to it',
    );
    expect(digest(disk)).toBe(before);
  });

  test('a disk behind a link in the place of its device', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk } = await diskMachine(root.path);
    const planned = await plan(diskText('gpt', 'yes'));
    renameSync(disk, `${disk}-other`);
    symlinkSync(`${disk}-other`, disk);
    const before = digest(disk);
    await expect(apply(planned)).rejects.toMatchObject({ code: 'ERR_STATELITE_STORE' });
    expect(digest(disk)).toBe(before);
  });

  test('an empty disk, if there is no program for what it shall hold', async () => {
    await using root = await tempRoot();
    const { deps, disk } = await diskMachine(root.path);
    const before = digest(disk);
    const partition = { kind: 'format', text: diskText('gpt') } as const;
    const where = { root: root.path, target: '/local' };
    await expect(
      openLocalDisk(partition, where, { ...deps, sbin: root.path }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/^local disk: the initramfs has no .*\/mkfs\.ext4$/u),
      hint: 'put e2fsprogs into the pkglist of the image, then run genimage and nodeset',
    });
    for (const program of ['mkfs.ext4', 'e2fsck']) writeFileSync(join(root.path, program), '');
    const modules = {
      ...deps.modules,
      load: () => Promise.reject(new Error('no module ext4')),
    };
    await expect(
      openLocalDisk(partition, where, { ...deps, modules, sbin: root.path }),
    ).rejects.toThrow('no module ext4');
    expect(digest(disk)).toBe(before);
  });

  test('a disk whose partition is mounted, in swap, or part of another device', async () => {
    await using root = await tempRoot();
    const { plan, apply, places, block } = await diskMachine(root.path);
    await apply(await plan(diskText('gpt')));
    const wipe = diskText('gpt', 'yes');
    sysfs(join(places.proc, 'self'), { mountinfo: '30 1 254:1 / /data rw - ext4 /dev/x rw' });
    await expect(plan(wipe, 'boot 2')).rejects.toThrow('vda1 is mounted on /data');
    sysfs(join(places.proc, 'self'), { mountinfo: '' });
    sysfs(places.proc, { swaps: 'Filename\n/dev/vda2 partition 1 0 -2' });
    await expect(plan(wipe, 'boot 2')).rejects.toThrow('vda2 is swap space in use');
    sysfs(places.proc, { swaps: '' });
    mkdirSync(join(block, 'vda1/holders/md0'), { recursive: true });
    await expect(plan(wipe, 'boot 2')).rejects.toThrow('vda1 is part of md0');
  });

  test('swap space that is in use already is not used twice', async () => {
    await using root = await tempRoot();
    const { plan, apply, places, runs, deps } = await diskMachine(root.path);
    await apply(await plan(diskText('gpt')));
    runs.length = 0;
    sysfs(places.proc, { swaps: `${join(deps.places.dev, 'vda2')} partition 1 0 -2` });
    await apply({ steps: [{ kind: 'swapon', device: '/dev/vda2' }], warnings: [] });
    expect(runs).toEqual([]);
  });

  test('loop devices, memory and CD drives are no disks', async () => {
    await using root = await tempRoot();
    const { places } = await diskMachine(root.path);
    for (const name of ['loop0', 'zram0', 'dm-0', 'md0']) {
      sysfs(join(places.sys, 'block', name), { size: '1000', dev: '7:0' });
    }
    sysfs(join(places.sys, 'block/sr0/device'), {});
    sysfs(join(places.sys, 'block/sr0'), { size: '1000' });
    // One of the paths to an NVMe disk, which has a device of its own.
    sysfs(join(places.sys, 'block/nvme0c0n1/device'), {});
    sysfs(join(places.sys, 'block/nvme0c0n1'), { size: '1000', hidden: '1' });
    expect((await listDisks(places)).map(({ name, ids }) => [name, ids])).toEqual([
      ['vda', ['virtio-d1']],
    ]);
  });

  test('a disk that cannot be read holds something', async () => {
    await using root = await tempRoot();
    const { places } = await diskMachine(root.path);
    const [disk] = await listDisks(places);
    if (disk === undefined) throw new Error('no disk');
    const gone = await readDisk({ ...disk, name: 'vdb' }, places);
    expect(gone.content).toEqual({ kind: 'other', what: 'what cannot be read (ENOENT)' });
  });
});

describe('real file systems', () => {
  test.for([
    [['mke2fs', '-t', 'ext4'], 'ext4'],
    [['mke2fs', '-t', 'ext3'], 'ext3'],
    [['mke2fs', '-t', 'ext2'], 'ext2'],
  ] as const)('%j is recognised', async ([[file, ...argv], type]) => {
    await using root = await tempRoot();
    const image = join(root.path, 'image');
    writeFileSync(image, '');
    truncateSync(image, 16 * mib);
    const made = await programs().run(file, [...argv, '-F', '-q', '-L', 'mine', image]);
    expect(made).toMatchObject({ code: 0 });
    expect(identify(readFileSync(image).subarray(0, mib))).toMatchObject({ type, label: 'mine' });
  });

  test('swap space of mkswap is recognised', async () => {
    await using root = await tempRoot();
    const image = join(root.path, 'image');
    writeFileSync(image, Buffer.alloc(mib));
    expect(await programs().run('/bin/busybox', ['mkswap', image])).toMatchObject({ code: 0 });
    expect(identify(readFileSync(image))).toMatchObject({ kind: 'swap' });
  });
});
