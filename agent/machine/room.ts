import { readFile, statfs } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { StateliteError } from '../errors.ts';
import type { ImageUrl } from '../protocol/image-url.ts';
import type { Download } from './download.ts';
import { get, type GetDeps, HttpStatus } from './http-get.ts';
import { mebibytes, type Memory, parseMeminfo } from './memory.ts';

/** What an image takes in memory, in bytes; it may be more. */
export interface Needs {
  readonly packed: number | undefined;
  readonly unpacked: number | undefined;
}

/** What is known of an image before it is fetched. Of gzip the end tells, modulo 4 GiB (RFC 1952). */
export async function needsOf(
  { url, compression }: ImageUrl,
  { size }: Download,
  deps: GetDeps,
): Promise<Needs> {
  const end = compression === 'gzip' ? await endOf(url, deps) : undefined;
  return { packed: size, unpacked: compression === 'none' ? size : end?.readUInt32LE() };
}

/**
 * Throws ERR_STATELITE_IMAGE with the figures if an image cannot fit: into the memory that is free, or
 * into the file system at `place` that it is meant for.
 */
export async function refuseTooLarge(
  { packed, unpacked }: Needs,
  place: string,
  readMemory = meminfo,
): Promise<void> {
  const least = Math.max(packed ?? 0, unpacked ?? 0);
  const { total, available } = await readMemory();
  const { bsize, blocks } = await statfs(place);
  const limit = bsize * blocks;
  if (least < available && least < limit) return;
  const how = unpacked === undefined ? 'packed' : 'unpacked';
  const room =
    least < available
      ? `the root may have ${mebibytes(limit)}`
      : `of ${mebibytes(total)} memory ${mebibytes(available)} are free`;
  throw tooLarge(`the image has ${mebibytes(least)} ${how}, and ${room}`);
}

/** The file system at `place` is full of an image that came in part. */
export async function noRoom(
  place: string,
  { size, received }: Download,
  readMemory = meminfo,
): Promise<StateliteError> {
  const { bsize, blocks } = await statfs(place);
  const { total } = await readMemory();
  const far = `${mebibytes(received())}${size === undefined ? '' : ` of ${mebibytes(size)}`}`;
  return tooLarge(
    `the root is full with ${mebibytes(bsize * blocks)} after ${far} of the packed image; the node has ${mebibytes(total)} memory`,
  );
}

function tooLarge(message: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', message, {
    hint: 'rootlimit= allows more of the memory than half; linuximage.exlist leaves files out; a squashfs needs the least',
  });
}

/** The last four bytes; undefined from a server that gives no parts. */
async function endOf(url: string, deps: GetDeps): Promise<Buffer | undefined> {
  try {
    const response = await get(url, { range: 'bytes=-4' }, deps);
    if (response.statusCode === 206) {
      const bytes = await buffer(response);
      return bytes.length === 4 ? bytes : undefined;
    }
    response.destroy();
    return undefined;
  } catch (error) {
    if (error instanceof HttpStatus) return undefined;
    throw error;
  }
}

async function meminfo(): Promise<Memory> {
  return parseMeminfo(await readFile('/proc/meminfo', 'utf8'));
}
