import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A QEMU without a guest, off; its firmware writes to the serial port once it is on. */
export interface QemuProcess extends AsyncDisposable {
  readonly qmp: string;
  readonly serial: string;
  readonly exited: Promise<unknown>;
}

/** Starts one with its sockets in `directory`. */
export async function qemuProcess(directory: string): Promise<QemuProcess> {
  const qmp = join(directory, 'qmp');
  const serial = join(directory, 'serial');
  const child = spawn(
    'qemu-system-x86_64',
    [
      ['-M', 'pc', '-accel', 'tcg', '-m', '32', '-nodefaults', '-no-user-config', '-nographic'],
      ['-S', '-no-shutdown', '-qmp', `unix:${qmp},server=on,wait=off`],
      ['-serial', `unix:${serial},server=on,wait=off`],
    ].flat(),
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const exited = once(child, 'exit');
  while (!(existsSync(qmp) && existsSync(serial))) {
    if (child.exitCode !== null) throw new Error(`QEMU ended with ${child.exitCode}`);
    await sleep(20);
  }
  return {
    qmp,
    serial,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
