import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import type { Partition as Written } from '../../agent/protocol/answer.ts';
import type { Partition } from '../core/stock-partition.ts';

/** Descriptions of a disk have some ten lines. */
const maxBytes = 64 * 1024;

/**
 * What getpartition answers: the kind, then each line of the file with its end. The node runs a
 * script itself; here nothing is run. Throws ERR_STATELITE_NOT_FOUND if the file cannot be sent
 * whole, so that no part of it is taken for all.
 */
export async function partitionData(partition: Partition): Promise<string[]> {
  const { kind, text } = await readPartition(partition);
  return [`type=${kind}`, ...(text.match(/[^\n]*\n|[^\n]+$/gu) ?? [])];
}

/** The file as it is, for a boot answer. Throws like `partitionData`. */
export async function readPartition({ image, kind, path }: Partition): Promise<Written> {
  const unreadable = (cause: unknown) =>
    new StateliteError(
      'ERR_STATELITE_NOT_FOUND',
      `cannot read the partitionfile of ${image}: ${path}`,
      { cause, hint: `lsdef -t osimage -o ${image} -i partitionfile shows where it should be` },
    );
  try {
    // Opening a FIFO without O_NONBLOCK would wait for a writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw unreadable(new Error('it is no regular file'));
    if (stats.size > maxBytes) throw unreadable(new Error(`it has more than ${maxBytes} bytes`));
    return { kind, text: await file.readFile('utf8') };
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENXIO', 'ENAMETOOLONG')) {
      throw error;
    }
    throw unreadable(error);
  }
}
