import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { applyDisks, type DiskDeps } from '../../agent/machine/disk-apply.ts';
import { type DiskMark, markOffset, parseMark, renderMark } from '../../agent/machine/disk-mark.ts';
import { type DiskPlan, planDisks } from '../../agent/machine/disk-plan.ts';
import { type Disk, listDisks, readDisk } from '../../agent/machine/disk-survey.ts';
import { Deadline } from '../../agent/machine/deadline.ts';
import { type Ended, programs } from '../../agent/machine/spawn.ts';
import { parsePartitionFile } from '../../agent/protocol/partition-file.ts';
import type { StepReport } from '../../agent/protocol/report.ts';
import { recordingLogger } from './recording-logger.ts';
import { recordingSystem } from './recording-system.ts';

/** Bytes of the machine's disk. */
export const diskSize = 64 * 2 ** 20;

/** A partitionfile for its disk. */
export const diskText = (ptype: string, clear = 'no') => `enable=yes
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
export function sysfs(at: string, files: Record<string, string>): void {
  mkdirSync(at, { recursive: true });
  for (const [name, value] of Object.entries(files)) writeFileSync(join(at, name), `${value}\n`);
}

/** A machine whose disk is a file, and whose kernel reads a table when blockdev says so. */
export async function diskMachine(root: string, failing?: string) {
  const places = { sys: join(root, 'sys'), dev: join(root, 'dev'), proc: join(root, 'proc') };
  const block = join(places.sys, 'block/vda');
  const disk = join(places.dev, 'vda');
  sysfs(block, {
    size: String(diskSize / 512),
    ro: '0',
    removable: '0',
    dev: '254:0',
    serial: 'd1',
  });
  sysfs(join(block, 'queue'), { logical_block_size: '512' });
  mkdirSync(join(block, 'device'));
  mkdirSync(places.dev);
  sysfs(join(places.proc, 'self'), { mountinfo: '' });
  sysfs(places.proc, { swaps: 'Filename Type Size Used Priority' });
  writeFileSync(disk, '');
  truncateSync(disk, diskSize);
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
    modules: {
      load: async (name) => void runs.push(`load ${name}`),
      loadForDevices: async () => {},
    },
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
  const apply = async (
    { steps: planned }: DiskPlan,
    more: Partial<DiskDeps> = {},
    disks?: readonly Disk[],
  ) =>
    applyDisks(planned, { target: '/local', disks: disks ?? (await read()) }, { ...deps, ...more });
  const mark = async () => (await read())[0]?.mark?.state;
  return { places, disk, block, read, plan, apply, mark, deps, runs, lines, steps, system };
}

/** Runs a program on a partition by itself, and puts what it made into the disk. */
export async function onPartition(
  disk: string,
  { start, size: length }: { readonly start: number; readonly size: number },
  file: string,
  argv: readonly string[],
): Promise<void> {
  const part = `${disk}-part`;
  writeFileSync(part, Buffer.alloc(length));
  expect(await programs().run(file, [...argv, part])).toMatchObject({ code: 0 });
  poke(disk, start, readFileSync(part));
}

/** Changes bytes of a disk. */
export function poke(disk: string, at: number, bytes: Buffer | string): void {
  const file = openSync(disk, 'r+');
  try {
    const piece = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    writeSync(file, piece, 0, piece.length, at);
  } finally {
    closeSync(file);
  }
}

/** Changes what the mark of a disk says. */
export function remark(disk: string, more: Partial<DiskMark>): void {
  const mark = parseMark(readFileSync(disk).subarray(markOffset));
  if (mark === undefined) throw new Error(`${disk} has no mark`);
  poke(disk, markOffset, renderMark({ ...mark, ...more }));
}
