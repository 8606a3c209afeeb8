import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../agent/errors.ts';
import type { Accel } from './accel.ts';
import { architectures, nativeArchitecture } from './architectures.ts';
import { exec } from './exec.ts';
import { hashOf } from './images.ts';
import type { Machine } from './machine.ts';
import { inTime } from './patience.ts';
import { qemuArgv, shellWord, type DirectKernel } from './qemu.ts';

/** A guest that boots to a root shell on its console and shows `ready` there. */
export interface Resumable extends DirectKernel {
  /** MiB; all of it that the guest has touched is in the file. */
  readonly memory: number;
  readonly ready: RegExp | string;
}

/** A guest's memory and devices in a file, and the machine it fits into. */
export interface SavedState {
  readonly file: string;
  readonly guest: Resumable;
}

/** The NIC comes back as it was saved; a resumed guest takes its own address before DHCP. */
export const savedMac = '52:54:00:77:ff:01';

/** Everything a saved state depends on: QEMU, its command line, kernel, initramfs, processor. */
export async function savedStateKey(guest: Resumable, accel: Accel): Promise<string[]> {
  const argv = qemuArgv({
    name: 'saved',
    arch: nativeArchitecture,
    accel,
    memory: guest.memory,
    start: { kind: 'direct', kernel: 'kernel', initrd: 'initrd', append: guest.append },
    nic: { tap: 'tap', mac: savedMac },
    sockets: { console: 'console', qmp: 'qmp' },
  });
  return [
    await qemuVersion(),
    ...argv,
    String(guest.ready),
    await hashOf(guest.kernel),
    await hashOf(guest.initrd),
    // -cpu max is the host's processor under KVM, and always the same one under TCG
    accel === 'kvm' ? await processor() : accel,
  ];
}

/** The first line of `qemu --version`. */
export async function qemuVersion(): Promise<string> {
  const { program } = architectures[nativeArchitecture];
  const [line = ''] = (await exec([program, '--version'])).split('\n');
  return line;
}

/**
 * Writes the running guest to a file and ends it. The guest must not be paused: it would resume
 * paused. The file appears when it is complete, which may be after QEMU says so.
 */
export async function saveState(machine: Machine, file: string): Promise<void> {
  const { qmp, patience, name } = machine;
  const [unfinished, finished] = [shellWord(`${file}.part`), shellWord(file)];
  const uri = `exec:zstd -1 -q -f -o ${unfinished} && mv ${unfinished} ${finished}`;
  await qmp.command('migrate', { uri });
  const saved = async () => {
    await completed(machine);
    while (!existsSync(file)) await sleep(20);
  };
  await inTime(saved(), patience('20s'), `${name}: saving its state`);
  await machine.kill();
}

/** Resolves when a machine started with a saved state runs. */
export async function resumed({ qmp, patience, name }: Machine): Promise<void> {
  const running = async () => {
    while ((await statusOf(qmp.command('query-status'))) !== 'running') await sleep(5);
  };
  await inTime(running(), patience('10s'), `${name}: resuming`);
}

async function completed({ qmp, name }: Machine): Promise<void> {
  for (;;) {
    const status = await statusOf(qmp.command('query-migrate'));
    if (status === 'completed') return;
    if (status === 'failed') {
      throw new StateliteError('ERR_STATELITE_VM', `${name}: QEMU could not save its state`);
    }
    await sleep(20);
  }
}

async function statusOf(reply: Promise<unknown>): Promise<string | undefined> {
  const value = await reply;
  if (typeof value !== 'object' || value === null || !('status' in value)) return undefined;
  return String(value.status);
}

async function processor(): Promise<string> {
  const [line = ''] = /^model name.*$/m.exec(await readFile('/proc/cpuinfo', 'utf8')) ?? [];
  return line;
}
