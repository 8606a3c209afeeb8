import { PassThrough, type Transform } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';

export type Compression = 'zstd' | 'gzip' | 'none';

/** The kernel's own zstd reads with a window of 8 MiB without asking for more memory. */
const windowLog = 23;

/** A compressor whose output depends on nothing but its input and `level`. */
export function compressor(compression: Compression, level: number | undefined): Transform {
  switch (compression) {
    case 'zstd':
      return createZstdCompress({
        chunkSize: 1 << 18,
        params: {
          [constants.ZSTD_c_compressionLevel]: level ?? 19,
          [constants.ZSTD_c_windowLog]: windowLog,
          [constants.ZSTD_c_checksumFlag]: 1,
        },
      });
    case 'gzip':
      return createGzip({ chunkSize: 1 << 18, level: level ?? constants.Z_BEST_COMPRESSION });
    case 'none':
      return new PassThrough();
  }
}
