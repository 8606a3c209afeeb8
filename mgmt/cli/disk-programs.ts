import { basename, dirname } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { InitramfsReport } from '../../initramfs/build.ts';
import { readPartitionFile } from '../bootfiles/partition-file.ts';
import { missingPrograms, tellMissing } from '../core/stock-partition-programs.ts';

/**
 * What an initramfs lacks for the image's partitionfile, a line each: nodes would stop at it. A file
 * that cannot be used is such a line too; nodeset refuses it. What a script needs, only it knows.
 */
export async function missingForDisks(
  partitionfile: string,
  { entries }: Pick<InitramfsReport, 'entries'>,
): Promise<string[]> {
  if (partitionfile === '' || partitionfile.startsWith('s:')) return [];
  const programs = entries.filter(({ path }) => dirname(path) === '/sbin');
  try {
    const text = await readPartitionFile(partitionfile, 'linuximage.partitionfile');
    return missingPrograms(text, new Set(programs.map(({ path }) => basename(path)))).map(
      tellMissing,
    );
  } catch (error) {
    if (error instanceof StateliteError) return [error.message];
    throw error;
  }
}
