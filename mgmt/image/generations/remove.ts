import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { flush } from '../../../agent/files/beside.ts';
import { bytesOf } from '../../../agent/files/bytes.ts';
import { isWithin } from '../../../agent/rules/path.ts';
import { mountsBelow } from '../liteimg/check-host.ts';
import { recordName } from './record.ts';

/**
 * Removes a generation. Its record goes first: a removal that is killed leaves an unfinished
 * generation, which the next command removes.
 */
export async function removeGeneration(directory: string): Promise<void> {
  await refuseMounted(directory);
  await rm(join(directory, recordName), { force: true });
  await flush(bytesOf(directory));
  await removeTree(directory);
}

/** Removes a tree, but never into something mounted there: ERR_STATELITE_IMAGE. */
export async function removeTree(path: string): Promise<void> {
  await refuseMounted(path);
  await rm(path, { recursive: true, force: true });
}

async function refuseMounted(path: string): Promise<void> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'latin1');
  const mounted = mountsBelow(mountinfo, dirname(path)).find((place) => isWithin(place, path));
  if (mounted === undefined) return;
  throw new StateliteError('ERR_STATELITE_IMAGE', `${mounted} is mounted in a stale image tree`, {
    hint: `umount ${mounted}, then run the command again`,
  });
}
