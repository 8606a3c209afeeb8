import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../agent/errors.ts';

export type Accel = 'kvm' | 'tcg';

const firmwareSize = 0x10000;
const resetVector = 0xfff0;

/**
 * The smallest guest that tells: firmware that enters protected mode, counts to fifty million
 * and leaves with 0x10. Natively that takes a tenth of a second; a host whose /dev/kvm only
 * interprets instructions (nested, paravirtual) opens the device happily and never gets there.
 */
const probeCode = [
  'fa', //                       cli
  '2e660f01161a00', //           lgdtl %cs:gdtr
  '0f20c0', //                   mov %cr0,%eax
  '6683c801', //                 or $1,%eax
  '0f22c0', //                   mov %eax,%cr0
  '66ea3800ffff0800', //         ljmpl $8,$flat
  '17002000ffff', //       gdtr: 23, gdt
  '0000000000000000', //    gdt: null
  'ffff0000009bcf00', //         flat code
  'ffff00000093cf00', //         flat data
  'b980f0fa02', //         flat: mov $50000000,%ecx
  '4975fd', //                1: dec %ecx; jnz 1b
  'b010e6f4f4', //               mov $0x10,%al; out %al,$0xf4; hlt
].join('');

/** isa-debug-exit makes `value` written to its port into exit status `value * 2 + 1`. */
const expectedExit = 0x10 * 2 + 1;

/** KVM if a guest really runs under it within `timeout` ms, else TCG. Leaves a file in `directory`. */
export async function probeAccel(directory: string, timeout = 3000): Promise<Accel> {
  return (await guestRuns('kvm', directory, timeout)) ? 'kvm' : 'tcg';
}

/** Whether the probe guest reaches its end under `accel`. */
export async function guestRuns(
  accel: Accel,
  directory: string,
  timeout: number,
): Promise<boolean> {
  const firmware = join(directory, 'probe.bin');
  await writeFile(firmware, probeFirmware());
  const argv = [
    ['-accel', accel, '-cpu', 'max', '-M', 'q35', '-m', '16', '-nographic', '-nodefaults'],
    ['-bios', firmware, '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'],
  ].flat();
  const qemu = spawn('qemu-system-x86_64', argv, {
    stdio: 'ignore',
    timeout,
    killSignal: 'SIGKILL',
  });
  try {
    const [status]: unknown[] = await once(qemu, 'exit');
    return status === expectedExit;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false; // no QEMU: requirements.ts says so in words
    throw error;
  }
}

function probeFirmware(): Buffer {
  const firmware = Buffer.alloc(firmwareSize);
  firmware.write(probeCode, 'hex');
  firmware.write('ea000000f0', resetVector, 'hex'); // ljmp $0xf000,$0
  return firmware;
}
