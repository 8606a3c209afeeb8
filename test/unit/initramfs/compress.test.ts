import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Compression, compressor } from '../../../initramfs/compress.ts';

/** More than a window of 8 MiB, and easy to compress. */
const input = Buffer.alloc(9 << 20, 'statelite ');

async function compressed(compression: Compression, level?: number): Promise<Buffer> {
  const stream = compressor(compression, level);
  stream.end(input);
  return buffer(stream);
}

describe('compression', () => {
  test('zstd needs no more memory than the kernel gives it', async () => {
    const packed = await compressed('zstd', 1);
    expect(zstdDecompressSync(packed).equals(input)).toBe(true);
    const descriptor = packed.readUInt8(5); // RFC 8878, 3.1.1.1.2
    expect(2 ** (10 + (descriptor >> 3))).toBeLessThanOrEqual(8 << 20);
  });

  test('gzip carries no time', async () => {
    const packed = await compressed('gzip', 1);
    expect(gunzipSync(packed).equals(input)).toBe(true);
    expect(packed.readUInt32LE(4)).toBe(0); // RFC 1952, MTIME
  });

  test('none leaves it as it is', async () => {
    expect((await compressed('none')).equals(input)).toBe(true);
  });
});
