import { execFile } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StateliteError } from '../../../agent/errors.ts';
import { exists } from './exists.ts';

/** A program that does nothing but exit(0): e_machine and e_flags of elf(5), and its code. */
export interface Exit {
  readonly machine: number;
  readonly flags: number;
  readonly code: readonly number[];
}

// oxfmt-ignore
const exits: Readonly<Record<string, Exit>> = {
  // mov eax, 60; xor edi, edi; syscall
  x86_64: { machine: 62, flags: 0, code: [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05] },
  // mov x8, 93; mov x0, 0; svc 0
  aarch64: { machine: 183, flags: 0, code: [0xa8, 0x0b, 0x80, 0xd2, 0, 0, 0x80, 0xd2, 1, 0, 0, 0xd4] },
  // li r0, 1; li r3, 0; sc
  ppc64le: { machine: 21, flags: 2, code: [1, 0, 0, 0x38, 0, 0, 0x60, 0x38, 2, 0, 0, 0x44] },
};

/**
 * Refuses to build a root whose packages' scripts this machine cannot run, before anything is made:
 * ERR_STATELITE_IMAGE. It is tried, in a root of its own, as those scripts will run, and in
 * `directory` (or what is there of it), where they will: other file systems may be mounted with noexec.
 */
export async function refuseUnrunnable(
  osarch: string,
  directory: string,
  programs = exits,
): Promise<void> {
  const exit = Object.hasOwn(programs, osarch) ? programs[osarch] : undefined;
  const cause = exit === undefined ? undefined : await failureInRoot(exit, directory);
  if (cause === undefined) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `this machine cannot run programs of ${osarch} in ${directory}, and those of the image are`,
    {
      cause,
      hint: `apt-get install qemu-user-static, or build the image on a machine that is ${osarch}; the file system must not be mounted with noexec`,
    },
  );
}

async function failureInRoot(exit: Exit, directory: string): Promise<Error | undefined> {
  await using root = await mkdtempDisposable(
    join(await nearestTo(directory), 'statelite-foreign-'),
  );
  await writeFile(join(root.path, 'exit'), exitProgram(exit), { mode: 0o755 });
  try {
    await promisify(execFile)('chroot', [root.path, '/exit']);
    return undefined;
  } catch (error) {
    // chroot(1): 126 if the kernel has nothing for it, 127 if that is not in the root
    if (error instanceof Error && 'code' in error && [126, 127].includes(Number(error.code))) {
      return error;
    }
    throw error;
  }
}

/** The directory, or if it is yet to be made, the one above it. */
async function nearestTo(directory: string): Promise<string> {
  if (directory === '/' || (await exists(directory))) return directory;
  return nearestTo(dirname(directory));
}

/** One segment that holds the whole file. */
function exitProgram({ machine, flags, code }: Exit): Buffer {
  const headers = 64 + 56;
  const address = 0x10000;
  const file = Buffer.alloc(headers + code.length);
  file.write('\u007FELF\u0002\u0001\u0001', 'latin1');
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(address + headers), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt32LE(flags, 48);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(BigInt(address), 80);
  file.writeBigUInt64LE(BigInt(address), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x10000n, 112);
  file.set(code, headers);
  return file;
}
