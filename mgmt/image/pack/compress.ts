import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { exists } from '../genimage/exists.ts';
import { feed } from './feed.ts';

/** How an archive, or the blocks of a squashfs, are made smaller. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'none';

/** With workers, Node's stream ends before they do. */
const zstd = { [constants.ZSTD_c_compressionLevel]: 6, [constants.ZSTD_c_checksumFlag]: 1 };

/**
 * Compresses a stream: gzip by pigz if it is there, with all processors, xz by its program, zstd and
 * else gzip in this process.
 */
export async function compressed(
  archive: Readable,
  compression: Compression,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  switch (compression) {
    case 'none':
      return archive;
    case 'zstd':
      return transformed(archive, createZstdCompress({ chunkSize: 1 << 18, params: zstd }), signal);
    case 'xz':
      return byProgram(archive, ['xz', '--threads=0', '--stdout'], { signal, install: 'xz-utils' });
    case 'gzip':
      return (await exists('/usr/bin/pigz'))
        ? byProgram(archive, ['/usr/bin/pigz', '--no-name', '--no-time', '--stdout'], {
            signal,
            install: 'pigz',
          })
        : transformed(archive, createGzip({ chunkSize: 1 << 18 }), signal);
  }
}

async function* transformed(
  archive: Readable,
  transform: ReturnType<typeof createGzip | typeof createZstdCompress>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const feeding = pipeline(archive, transform, { signal });
  feeding.catch(() => undefined); // is awaited when all that came was read
  yield* transform;
  await feeding;
}

async function* byProgram(
  archive: Readable,
  argv: readonly string[],
  wish: Parameters<typeof feed>[2],
): AsyncGenerator<Uint8Array> {
  const { stdout, finished, kill } = feed(archive, argv, wish);
  try {
    yield* stdout;
    await finished;
  } finally {
    kill();
  }
}
