import { execFile } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import type { Content } from './cpio.ts';
import { type ReadAt, readSection } from './elf.ts';
import { hasCode, StateliteError } from '../agent/errors.ts';

export interface ModuleFile {
  /** The module, not compressed. */
  readonly content: Content;
  /** Names of the firmware files it may ask the kernel for. */
  readonly firmware: readonly string[];
}

const run = promisify(execFile);

/** More than any module has, and a bound for a damaged file. */
const largestModule = 256 * 1024 * 1024;

/** Reads a kernel module; a compressed one (.xz, .zst, .gz) is unpacked in memory. */
export async function readModuleFile(path: string): Promise<ModuleFile> {
  try {
    const data = await unpack(path);
    if (data !== undefined) {
      const read: ReadAt = async (offset, length) => data.subarray(offset, offset + length);
      return { content: { data }, firmware: await firmwareOf(read) };
    }
    await using file = await open(path);
    const read: ReadAt = async (position, length) => {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
      return buffer.subarray(0, bytesRead);
    };
    return { content: { file: path }, firmware: await firmwareOf(read) };
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_INITRAMFS', `cannot read the kernel module ${path}`, {
      cause,
      hint: hasCode(cause, 'ENOENT')
        ? 'modules.dep is older than the modules: run depmod in the image'
        : "is the kernel's package in the image damaged?",
    });
  }
}

async function unpack(path: string): Promise<Buffer | undefined> {
  if (path.endsWith('.zst')) return promisify(zstdDecompress)(await readFile(path));
  if (path.endsWith('.gz')) return promisify(gunzip)(await readFile(path));
  if (!path.endsWith('.xz')) return undefined;
  const options = { encoding: 'buffer', maxBuffer: largestModule } as const;
  return (await run('xz', ['-d', '-c', '--', path], options)).stdout;
}

/** modinfo(8): `.modinfo` holds `key=value` texts, each ended by a NUL. */
async function firmwareOf(read: ReadAt): Promise<string[]> {
  const section = await readSection(read, '.modinfo');
  if (section === undefined) throw new Error('it is no kernel module');
  return section
    .toString('latin1')
    .split('\0')
    .flatMap((line) => (line.startsWith('firmware=') ? [line.slice('firmware='.length)] : []));
}
