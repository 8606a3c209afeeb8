import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { StateliteError } from '../../agent/errors.ts';

/** Larger files are not read, whatever a header says. */
const largest = 1 << 20;
const headerSize = 110;
const trailer = 'TRAILER!!!';

/**
 * The content of one file of an initramfs (newc, by zstd, gzip or not packed); undefined if it has
 * none. Reads no further than that file: what statelite wants of its own is near the beginning.
 * Throws ERR_STATELITE_INITRAMFS for what is no initramfs.
 */
export async function readFromInitramfs(path: string, wanted: string): Promise<Buffer | undefined> {
  const reader = readerOf(await unpacked(path));
  try {
    for (;;) {
      const header = await reader.take(headerSize);
      if (header?.toString('latin1', 0, 6) !== '070701') throw notOne(path);
      const field = (index: number) =>
        Number.parseInt(header.toString('latin1', 6 + 8 * index, 14 + 8 * index), 16);
      const [size, nameSize] = [field(6), field(11)];
      if (!(nameSize > 0 && nameSize < 4096 && size >= 0)) throw notOne(path);
      const name = await reader.take(padded(headerSize + nameSize) - headerSize);
      const text = name?.toString('utf8', 0, nameSize - 1);
      if (text === undefined || text === trailer) return undefined;
      if (text === wanted) return size > largest ? undefined : await reader.take(size);
      await reader.skip(padded(size));
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && /^(Z_|ZSTD_)/u.test(String(cause.code))) {
      throw notOne(path, cause);
    }
    throw cause;
  } finally {
    await reader.close();
  }
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

async function unpacked(path: string): Promise<Readable> {
  const magic = await readMagic(path);
  const bytes = createReadStream(path, { highWaterMark: 1 << 16 });
  const unpacker =
    magic === '28b52ffd'
      ? createZstdDecompress()
      : magic.startsWith('1f8b')
        ? createGunzip()
        : undefined;
  if (unpacker === undefined) return bytes;
  bytes.on('error', (error) => unpacker.destroy(error));
  // Given up early, the rest of the file is not read.
  unpacker.on('close', () => bytes.destroy());
  return bytes.pipe(unpacker);
}

async function readMagic(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return buffer.toString('hex');
}

interface Reader {
  /** So many bytes; undefined if there are not as many. */
  take(length: number): Promise<Buffer | undefined>;
  skip(length: number): Promise<void>;
  close(): Promise<void>;
}

function readerOf(stream: Readable): Reader {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    if (done) return false;
    held = held.length === 0 ? value : Buffer.concat([held, value]);
    return true;
  };
  return {
    async take(length) {
      while (held.length < length) if (!(await more())) return undefined;
      const taken = held.subarray(0, length);
      held = held.subarray(length);
      return taken;
    },
    async skip(length) {
      let left = length;
      while (held.length < left) {
        left -= held.length;
        held = Buffer.alloc(0);
        if (!(await more())) return;
      }
      held = held.subarray(left);
    },
    close: async () => void (await chunks.return?.()),
  };
}

function notOne(path: string, cause?: Error): StateliteError {
  return new StateliteError('ERR_STATELITE_INITRAMFS', `${path} is no initramfs`, {
    cause,
    hint: 'genimage --onlyinitrd <image> makes it anew',
  });
}
