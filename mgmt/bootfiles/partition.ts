import { StateliteError } from '../../agent/errors.ts';
import { parsePartitionFile } from '../../agent/protocol/partition-file.ts';
import { readPartitionFile } from './partition-file.ts';
import type { Sourced } from './sourced.ts';

/**
 * Whether nodes of an image are to divide their local disk (reference 5.3): its
 * linuximage.partitionfile is `s:` and a script, or a description that says `enable=yes`. What every
 * node would refuse at its boot is refused here: ERR_STATELITE_STORE for a line that is not
 * understood, ERR_STATELITE_NOT_FOUND or _TABLE for a file that cannot be sent. Stock takes one that it cannot
 * read for none.
 */
export async function partitions({ text, from }: Sourced): Promise<boolean> {
  const written = text.trim();
  if (written === '') return false;
  const path = written.replace(/^s:\s*/u, '');
  if (!path.startsWith('/')) {
    throw new StateliteError('ERR_STATELITE_TABLE', `${from} is no absolute path: ${written}`, {
      hint: 'write the path of a file on the management node; s: before it says that it is a script',
    });
  }
  const content = await readPartitionFile(path, from);
  return path !== written || parsePartitionFile(content, path).enable;
}
