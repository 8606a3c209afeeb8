import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyDisks, type DiskDeps } from '../../../../agent/machine/disk-apply.ts';
import { identify } from '../../../../agent/machine/disk-content.ts';
import { markOffset, parseMark } from '../../../../agent/machine/disk-mark.ts';
import { type DiskPlan, planDisks } from '../../../../agent/machine/disk-plan.ts';
import { type Disk, listDisks, readDisk } from '../../../../agent/machine/disk-survey.ts';
import { deviceOf, openLocalDisk } from '../../../../agent/machine/disks.ts';
import { parsePartitionFile } from '../../../../agent/machine/partition-file.ts';
import { Deadline } from '../../../../agent/machine/deadline.ts';
import { type Ended, programs } from '../../../../agent/machine/spawn.ts';
import type { StepReport } from '../../../../agent/protocol/report.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { recordingSystem } from '../../../helpers/recording-system.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const mib = 2 ** 20;
const size = 64 * mib;
const text = (ptype: string, clear = 'no') => `enable=yes
enablepart=yes
[disk]
dev=/dev/vda
clear=${clear}
ptype=${ptype}
parts=60,30
[localspace]
dev=/dev/vda1
[swapspace]
dev=/dev/vda2
`;

/** Files of /sys, with what is in them. */
function sysfs(at: string, files: Record<string, string>): void {
  mkdirSync(at, { recursive: true });
  for (const [name, value] of Object.entries(files)) writeFileSync(join(at, name), `${value}\n`);
}

/** A machine whose disk is a file, and whose kernel reads a table when blockdev says so. */
async function machine(root: string, failing?: string) {
  const places = { sys: join(root, 'sys'), dev: join(root, 'dev'), proc: join(root, 'proc') };
  const block = join(places.sys, 'block/vda');
  const disk = join(places.dev, 'vda');
  sysfs(block, { size: String(size / 512), ro: '0', removable: '0', dev: '254:0', serial: 'd1' });
  sysfs(join(block, 'queue'), { logical_block_size: '512' });
  mkdirSync(join(block, 'device'));
  mkdirSync(places.dev);
  sysfs(join(places.proc, 'self'), { mountinfo: '' });
  sysfs(places.proc, { swaps: 'Filename Type Size Used Priority' });
  writeFileSync(disk, '');
  truncateSync(disk, size);
  const { log, lines } = recordingLogger();
  const runs: string[] = [];
  const ended: Ended = { code: 0, signal: undefined, output: '' };
  const read = async (): Promise<Disk[]> =>
    Promise.all((await listDisks(places)).map((one) => readDisk(one, places)));
  const run = async (file: string, argv: readonly string[]): Promise<Ended> => {
    const words = [file, ...argv].join(' ').replaceAll(root, '');
    runs.push(words);
    if (failing !== undefined && words.includes(failing))
      return { ...ended, code: 1, output: 'no' };
    const [found] = await read();
    if (argv[0] !== 'blockdev') return ended;
    for (const { number, start, size: bytes } of found?.table?.extents ?? []) {
      const name = `vda${number}`;
      sysfs(join(block, name), {
        start: String(start / 512),
        size: String(bytes / 512),
        dev: `254:${number}`,
      });
      writeFileSync(join(places.dev, name), '');
    }
    return ended;
  };
  const system = recordingSystem();
  const steps: StepReport[] = [];
  const deps: DiskDeps = {
    system,
    modules: { load: async (name) => void runs.push(`load ${name}`) },
    programs: { run },
    log,
    deadline: new Deadline(5),
    places,
    boot: 'boot 1',
    steps,
    warnings: [],
    signal: new AbortController().signal,
  };
  const plan = async (file: string, boot = 'boot 1'): Promise<DiskPlan> =>
    planDisks(parsePartitionFile(file), await read(), boot);
  const apply = async ({ steps: planned }: DiskPlan, more: Partial<DiskDeps> = {}) =>
    applyDisks(planned, { target: '/local', disks: await read() }, { ...deps, ...more });
  const mark = async () => (await read())[0]?.mark?.state;
  return { places, disk, block, read, plan, apply, mark, deps, runs, lines, steps, system };
}

const kinds = ({ steps }: DiskPlan) => steps.map(({ kind }) => kind);
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('dividing a disk', () => {
  test.for(['gpt', 'msdos'])('with a %s, then using it as it is', async (ptype) => {
    await using root = await tempRoot();
    const { plan, apply, mark, read, runs, system, deps, steps } = await machine(root.path);

    const first = await plan(text(ptype));
    expect(kinds(first)).toEqual(['divide', 'swapon', 'mount']);
    await apply(first);

    expect(runs).toEqual([
      '/bin/busybox blockdev --rereadpt /dev/vda',
      '/sbin/mkfs.ext4 -F -q -E nodiscard -L sl-vda-1 /dev/vda1',
      '/bin/busybox mkswap /dev/vda2',
      '/bin/busybox swapon /dev/vda2',
      'load ext4',
    ]);
    const mount = `mount ${join(deps.places.dev, 'vda1')} /local ext4  noatime`;
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
    const { plan, apply, disk, deps, steps } = await machine(root.path);
    const before = digest(disk);
    const log = {
      ...deps.log,
      info: (line: string) => {
        expect(line).toContain('wipe and divide /dev/vda');
        expect(digest(disk)).toBe(before);
        throw new Error('power cut');
      },
    };
    await expect(apply(await plan(text('gpt')), { log })).rejects.toThrow('power cut');
    expect(steps).toEqual([]);
  });

  test.for(['blockdev', 'mkfs.ext4', 'mkswap'])(
    'that is cut off at %s is begun again by the next boot, also without clear',
    async (program) => {
      await using root = await tempRoot();
      const { plan, apply, mark, steps } = await machine(root.path, program);
      await expect(
        apply(await plan(text('gpt')), { deadline: new Deadline(1) }),
      ).rejects.toMatchObject({ code: 'ERR_STATELITE_STORE' });
      expect(await mark()).toBe('making');
      expect(steps[0]?.error).toContain('local disk');

      const again = await plan(text('gpt'), 'boot 2');
      expect(again.steps[0]).toMatchObject({ kind: 'divide', why: 'its division was cut off' });
    },
  );

  test('cut off anywhere between two writes is begun again', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk } = await machine(root.path);
    const earlier = await machineAt(join(root.path, 'copy'));
    await apply(await plan(text('gpt')));
    const bytes = readFileSync(disk);
    const mark = parseMark(bytes.subarray(markOffset));
    if (mark === undefined) throw new Error('no mark');
    const pieces: [number, number][] = [
      [size - 33 * 512, size],
      [0, 512],
      [1024, 17_408],
    ];
    // What a cut leaves: the mark, and the first so many pieces of the table.
    for (let written = 0; written <= pieces.length; written += 1) {
      const cut = Buffer.alloc(size);
      cut.write(`statelite disk 1\n${JSON.stringify({ ...mark, state: 'making' })}\n`, markOffset);
      for (const [from, to] of pieces.slice(0, written)) bytes.copy(cut, from, from, to);
      writeFileSync(earlier.disk, cut);
      expect((await earlier.plan(text('gpt'), 'boot 2')).steps[0]).toMatchObject({
        why: 'its division was cut off',
      });
    }
  });

  test('that is given up goes no further', async () => {
    await using root = await tempRoot();
    const { plan, apply, disk } = await machine(root.path);
    const before = digest(disk);
    const planned = await plan(text('gpt'));
    await expect(apply(planned, { signal: AbortSignal.abort() })).rejects.toThrow(
      'This operation was aborted',
    );
    expect(digest(disk)).toBe(before);
  });
});

/** Another one of the same kind, in a directory to be made. */
async function machineAt(root: string) {
  mkdirSync(root);
  return machine(root);
}

describe('what is left alone', () => {
  test.for([
    ['raw data at the start', 4096],
    ['raw data where partitions usually begin', 2 ** 20 + 1080],
    ['raw data in the middle', size / 2 + 100],
    ['raw data near the end', size - 4096],
  ] as const)('%s: refused, and not a bit changes', async ([, at]) => {
    await using root = await tempRoot();
    const { disk, deps } = await machine(root.path);
    const bytes = readFileSync(disk);
    bytes[at] = 1;
    writeFileSync(disk, bytes);
    const before = digest(disk);
    const partition = { kind: 'format', text: text('gpt') } as const;
    await expect(
      openLocalDisk(partition, { root: root.path, target: '/local' }, deps),
    ).rejects.toThrow('vda has no partitions, but data ');
    expect(digest(disk)).toBe(before);
    expect(deps.steps).toEqual([]);
  });

  test.for(['gpt', 'msdos'])('a disk of ours that has lost its %s', async (ptype) => {
    await using root = await tempRoot();
    const { plan, apply, disk } = await machine(root.path);
    await apply(await plan(text(ptype)));
    const bytes = readFileSync(disk);
    writeFileSync(disk, bytes.fill(0, 0, 1024));
    await expect(plan(text(ptype))).rejects.toThrow('but a division whose table is gone');
  });

  test('a disk whose partition is mounted, in swap, or part of another device', async () => {
    await using root = await tempRoot();
    const { plan, apply, places, block } = await machine(root.path);
    await apply(await plan(text('gpt')));
    const wipe = text('gpt', 'yes');
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
    const { plan, apply, places, runs, deps } = await machine(root.path);
    await apply(await plan(text('gpt')));
    runs.length = 0;
    sysfs(places.proc, { swaps: `${join(deps.places.dev, 'vda2')} partition 1 0 -2` });
    await apply({ steps: [{ kind: 'swapon', device: '/dev/vda2' }], warnings: [] });
    expect(runs).toEqual([]);
  });

  test('loop devices, memory and CD drives are no disks', async () => {
    await using root = await tempRoot();
    const { places } = await machine(root.path);
    for (const name of ['loop0', 'zram0', 'dm-0', 'md0']) {
      sysfs(join(places.sys, 'block', name), { size: '1000', dev: '7:0' });
    }
    sysfs(join(places.sys, 'block/sr0/device'), {});
    sysfs(join(places.sys, 'block/sr0'), { size: '1000' });
    expect((await listDisks(places)).map(({ name, ids }) => [name, ids])).toEqual([
      ['vda', ['virtio-d1']],
    ]);
  });

  test('a disk that cannot be read holds something', async () => {
    await using root = await tempRoot();
    const { places } = await machine(root.path);
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

test('statelite.localdisk= may say which file system, or which disk', async () => {
  await using root = await tempRoot();
  const { deps, disk } = await machine(root.path);
  await programs().run('mke2fs', ['-t', 'ext4', '-F', '-q', '-L', 'mine', disk]);
  expect(await deviceOf('LABEL=mine', deps)).toBe('/dev/vda');
  expect(await deviceOf('/dev/disk/by-id/virtio-d1-part2', deps)).toBe('/dev/vda2');
  expect(await deviceOf('/dev/mapper/vg-lv', deps)).toBe('/dev/mapper/vg-lv');
  const deadline = new Deadline(1);
  await expect(deviceOf('LABEL=other', { ...deps, deadline })).rejects.toThrow(
    'there is no file system with LABEL=other',
  );
});

test('the disk that is named is waited for, then the others that there are are told', async () => {
  await using root = await tempRoot();
  const { deps, places } = await machine(root.path);
  cpSync(join(places.dev, 'vda'), join(places.dev, 'vdb'));
  const partition = { kind: 'format', text: text('gpt').replaceAll('vda', 'vdz') } as const;
  const deadline = new Deadline(1);
  await expect(
    openLocalDisk(partition, { root: root.path, target: '/local' }, { ...deps, deadline }),
  ).rejects.toThrow('there is no disk /dev/vdz; there are vda (virtio-d1)');
});
