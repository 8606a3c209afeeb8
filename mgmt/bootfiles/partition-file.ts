import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';

/** What nodes are sent at most (docs/protocol.md): descriptions of a disk have some ten lines. */
const mostBytes = 64 * 1024;

/** Whatever byte is lost would be another script. */
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A partitionfile as it is. Throws ERR_STATELITE_NOT_FOUND if it cannot be sent whole, so that no
 * part of it is taken for all; `from` says which row names it.
 */
export async function readPartitionFile(path: string, from: string): Promise<string> {
  const unusable = (why: string, cause?: unknown) =>
    new StateliteError('ERR_STATELITE_NOT_FOUND', `${from} names ${path}, ${why}`, {
      cause,
      hint: 'correct the path, or blank it for nodes without a local disk',
    });
  try {
    // Opening a FIFO without O_NONBLOCK would wait for a writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw unusable('which is no regular file');
    if (stats.size > mostBytes) throw unusable(`which has more than ${mostBytes} bytes`);
    return text.decode(await file.readFile());
  } catch (error) {
    if (hasCode(error, 'ERR_ENCODING_INVALID_ENCODED_DATA')) {
      throw unusable('which is not in UTF-8: it could not be sent as it is', error);
    }
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENXIO', 'ENAMETOOLONG')) {
      throw unusable('which cannot be read', error);
    }
    throw error;
  }
}
