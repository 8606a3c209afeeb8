import type { FileHandle } from 'node:fs/promises';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { StateliteError } from '../agent/errors.ts';
import { chase } from '../agent/files/chase.ts';
import type { Architecture } from './architectures.ts';
import { type Compression, compressor } from './compress.ts';
import { cpio, type CpioEntry } from './cpio.ts';
import { findDiskPrograms, findMke2fsConf } from './disk-programs.ts';
import { findFirmware } from './firmware.ts';
import { type KernelModules, readKernelModules } from './kernel-modules.ts';
import { type ManifestEntry, planManifest } from './manifest.ts';
import { readModuleFile } from './module-file.ts';
import { renderModuleTables, selectModules, type ShippedModule } from './modules.ts';
import { programsHere, programsOf } from './programs.ts';
import { replaceByStream } from './replace-by-stream.ts';

export interface InitramfsOptions {
  /** Root image directory; the kernel's modules and firmware come from it. */
  readonly root: string;
  /** Kernel release, as `uname -r` says it. */
  readonly kernel: string;
  /** The built agent; becomes /init. */
  readonly agent: string;
  /**
   * A static busybox of this machine, where the agent's shared libraries come from too; or what
   * nodes are, if they are of another architecture: then both come from the image (programs.ts).
   */
  readonly busybox: string | Architecture;
  /** PEM bundle of who signs the management node's certificate. */
  readonly ca: string | undefined;
  readonly output: string;
  readonly compression: Compression;
  /** Of the compression; 19 for zstd and 9 for gzip if not given. */
  readonly level?: number | undefined;
  /** Drivers beside those of module-groups.ts, by module name (osimage netdrivers). */
  readonly drivers?: readonly string[] | undefined;
  /** Whether nodes divide local disks, which takes programs. */
  readonly localDisk?: boolean | undefined;
  /** The udhcpc script; the one beside this program if not given. */
  readonly udhcpc?: string | undefined;
  /** Gives the build up. */
  readonly signal?: AbortSignal | undefined;
  /** How much is packed, in bytes: compression takes minutes. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface InitramfsReport {
  readonly entries: readonly {
    readonly path: string;
    readonly size: number;
    readonly why: string;
  }[];
  /** Bytes of the archive, about what it takes of a node's memory. */
  readonly unpacked: number;
  /** Bytes of the file. */
  readonly packed: number;
}

/**
 * Builds an initramfs and replaces `output` by it; a failed or aborted build changes nothing. The
 * same input gives the same bytes. Throws ERR_STATELITE_INITRAMFS naming what is missing.
 */
export async function buildInitramfs(options: InitramfsOptions): Promise<InitramfsReport> {
  try {
    const manifest = await gather(options);
    const entries = await Promise.all(manifest.map(measure));
    const sizes = entries.map((entry) => (entry.kind === 'file' ? entry.size : 0));
    const written = await write(entries, sizes, options);
    return {
      ...written,
      entries: manifest.map(({ path, why }, index) => ({ path, why, size: sizes[index] ?? 0 })),
    };
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new StateliteError('ERR_STATELITE_INITRAMFS', `cannot build ${options.output}`, {
      cause,
    });
  }
}

async function gather(options: InitramfsOptions): Promise<ManifestEntry[]> {
  const { kernel, agent, busybox, udhcpc = besideThis('udhcpc') } = options;
  const root = resolve(options.root);
  const found = await readKernelModules(root, kernel);
  const shipped = selectModules(found.tables, options.drivers ?? []);
  const modules = await readModules(root, found, shipped);
  const isForeign = typeof busybox !== 'string';
  const programs = isForeign
    ? await programsOf(busybox, { root, agent })
    : await programsHere(agent, busybox);
  return planManifest({
    kernel,
    agent,
    ...programs,
    udhcpc,
    ca: options.ca === undefined ? undefined : await readCa(options.ca),
    modules,
    tables: renderModuleTables(shipped, found.tables),
    firmware: await findFirmware(
      root,
      kernel,
      modules.flatMap(({ firmware }) => firmware),
    ),
    disk:
      options.localDisk === true
        ? {
            programs: await findDiskPrograms(root, isForeign ? root : '/'),
            mke2fsConf: await findMke2fsConf(root),
          }
        : { programs: [], mke2fsConf: undefined },
  });
}

/** One after the other: each may be unpacked by a program of its own. */
async function readModules(
  root: string,
  { directory }: KernelModules,
  shipped: readonly ShippedModule[],
) {
  const modules = [];
  for (const module of shipped) {
    // Of another kernel's directory if it is a weak update: a link, which belongs to the image.
    const path = await chase(root, join(directory, module.file));
    modules.push({ module, ...(await readModuleFile(path)) });
  }
  return modules;
}

async function measure(entry: ManifestEntry): Promise<CpioEntry> {
  if (entry.kind !== 'file') return entry;
  const { content } = entry;
  const size = 'data' in content ? content.data.length : (await stat(content.file)).size;
  return { ...entry, size };
}

async function write(
  entries: readonly CpioEntry[],
  sizes: readonly number[],
  { output, compression, level, signal, onProgress }: InitramfsOptions,
): Promise<{ unpacked: number; packed: number }> {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let unpacked = 0;
  let packed = 0;
  async function* archive() {
    for await (const bytes of cpio(entries)) {
      unpacked += bytes.length;
      yield bytes;
      onProgress?.(Math.min(unpacked, total), total);
    }
  }
  await replaceByStream(output, async (handle: FileHandle) => {
    async function save(chunks: AsyncIterable<Uint8Array>): Promise<void> {
      for await (const bytes of chunks) {
        await handle.writeFile(bytes); // appends, whole
        packed += bytes.length;
      }
    }
    await pipeline(Readable.from(archive()), compressor(compression, level), save, { signal });
  });
  return { unpacked, packed };
}

async function readCa(path: string): Promise<Uint8Array> {
  const ca = await readFile(path);
  if (ca.includes('-----BEGIN CERTIFICATE-----')) return ca;
  throw new StateliteError('ERR_STATELITE_INITRAMFS', `${path} holds no certificate in PEM form`);
}

function besideThis(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
