import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { hasCode } from '../errors.ts';
import { ArchiveError } from '../files/archive.ts';
import { bytesOf } from '../files/bytes.ts';
import { makeDirectories } from '../files/copy.ts';
import { readCpio } from '../files/cpio-reader.ts';
import { readTar } from '../files/tar-reader.ts';
import { unpack } from '../files/unpack.ts';
import type { ImageUrl } from '../protocol/image-url.ts';
import type { System } from '../system.ts';
import { fetchDigest } from './digest.ts';
import { download, type Download, type DownloadDeps } from './download.ts';
import { mebibytes, type Memory } from './memory.ts';
import type { Modules } from './modules.ts';
import { Changed, Damaged, explainFetch } from './ram-trouble.ts';
import { needsOf, noRoom, refuseTooLarge } from './room.ts';

export interface RamRootDeps extends DownloadDeps {
  readonly system: Pick<System, 'mount' | 'unmount' | 'mountLoop' | 'makeNode'>;
  readonly modules: Pick<Modules, 'load'>;
  readonly readMemory?: () => Promise<Memory>;
}

export interface RamRoot {
  readonly image: ImageUrl;
  /** As tmpfs(5) has its size; undefined: half of the memory. */
  readonly limit: string | undefined;
  /** Where the root is to be: an existing directory. */
  readonly target: string;
  /** Where a squashfs is kept: a directory that is made. */
  readonly store: string;
}

/** A damaged transfer may have been an accident; a damaged image is not. */
const mostFetches = 2;

/**
 * Brings a packed image into memory and mounts it: an archive is unpacked into a tmpfs while it
 * arrives, and is writable; a squashfs is stored in a tmpfs and mounted read-only. Size and, if the
 * server has one, SHA-256 are checked; what is damaged is thrown away and fetched anew, once. Returns
 * the bytes that came. Throws ERR_STATELITE_IMAGE; then nothing is mounted.
 */
export async function mountRamRoot(root: RamRoot, deps: RamRootDeps): Promise<number> {
  const { url } = root.image;
  for (let fetches = 1; ; fetches += 1) {
    try {
      const digest = await fetchDigest(url, deps);
      const fetched = await download(url, deps);
      deps.log.info(`${url}: ${fetched.size === undefined ? 'some' : mebibytes(fetched.size)}`);
      if (digest === undefined) deps.log.info(`there is no ${url}.sha256 to check it against`);
      await fetchOnce(root, fetched, digest, deps);
      return fetched.received();
    } catch (error) {
      deps.signal.throwIfAborted();
      const isAccident = error instanceof Damaged || error instanceof Changed;
      if (!isAccident || fetches >= mostFetches) throw explainFetch(error, url);
      deps.log.warn(`${error.message}; fetching all of it anew`);
    }
  }
}

async function fetchOnce(
  root: RamRoot,
  fetched: Download,
  digest: string | undefined,
  deps: RamRootDeps,
): Promise<void> {
  const { system } = deps;
  const { image, target, store } = root;
  const isStored = image.format === 'squashfs';
  const place = isStored ? store : target;
  if (isStored) await mkdir(store, { recursive: true });
  const data = [isStored ? 'mode=700' : 'mode=755', ...(root.limit ? [`size=${root.limit}`] : [])];
  const needs = await needsOf(image, fetched, deps);
  await system.mount('rootfs', place, 'tmpfs', data.join(','));
  try {
    await refuseTooLarge(needs, place, deps.readMemory);
    await (isStored
      ? storeAndMount(root, fetched, digest, deps)
      : unpackInto(root, fetched, digest, deps));
  } catch (error) {
    const trouble = hasCode(error, 'ENOSPC')
      ? await noRoom(place, fetched, deps.readMemory)
      : error;
    await system.unmount(place, 'lazy');
    throw trouble;
  }
  if (!isStored) return;
  // The loop device holds the file; nobody else has to see it.
  await system.unmount(store, 'lazy');
  await rm(store, { recursive: true });
}

/** A root that is unpacked whole, and then has the wrong digest, goes away with its tmpfs. */
async function unpackInto(
  { image, target }: RamRoot,
  fetched: Download,
  digest: string | undefined,
  { system, signal }: RamRootDeps,
): Promise<void> {
  const { makeNode } = system;
  const checked = checkedBytes(fetched, digest);
  const read = image.format === 'tar' ? readTar : readCpio;
  const take = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    await unpack(read(chunks), target, { makeNode, signal });
  };
  try {
    const packed = Readable.from(checked, { objectMode: true });
    if (image.compression === 'none') await pipeline(packed, take, { signal });
    else await pipeline(packed, decompressor(image.compression), take, { signal });
  } catch (error) {
    if (error instanceof ArchiveError || isCompression(error)) {
      throw new Damaged(`${image.url} is damaged: ${error.message}`, { cause: error });
    }
    throw error;
  }
  // An exclude list may have left them out, and here they can be made.
  for (const name of kernelDirectories) await makeDirectories(bytesOf(`${target}/${name}`));
}

const kernelDirectories = ['dev', 'proc', 'sys'] as const;

async function storeAndMount(
  { image, store, target }: RamRoot,
  fetched: Download,
  digest: string | undefined,
  { system, signal, modules }: RamRootDeps,
): Promise<void> {
  const file = `${store}/rootimg.sfs`;
  const into = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  await pipeline(Readable.from(checkedBytes(fetched, digest)), into, { signal });
  await modules.load('loop');
  await modules.load('squashfs');
  try {
    await system.mountLoop(file, target, 'squashfs');
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'EIO')) throw error;
    throw new Damaged(`${image.url} is no squashfs that this kernel reads`, { cause: error });
  }
}

/** Passes on what comes; at its end throws Damaged if it is not what the digest is of. */
async function* checkedBytes(
  { bytes }: Download,
  digest: string | undefined,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of bytes) {
    if (digest !== undefined) hash.update(piece);
    yield piece;
  }
  const found = digest === undefined ? undefined : hash.digest('hex');
  if (found === digest) return;
  throw new Damaged(`the SHA-256 is ${found}, and has to be ${digest}`);
}

/** Large pieces: each is a trip into the thread pool. */
const chunkSize = 256 * 1024;

function decompressor(compression: 'gzip' | 'zstd') {
  return compression === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
}

function isCompression(error: unknown): error is Error {
  return error instanceof Error && /^(Z|ZSTD)_/u.test(String(Reflect.get(error, 'code')));
}
