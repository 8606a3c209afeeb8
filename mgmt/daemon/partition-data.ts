import type { Partition as Written } from '../../agent/protocol/answer.ts';
import { readPartitionFile } from '../bootfiles/partition-file.ts';
import type { Partition } from '../core/stock-partition.ts';

/**
 * What getpartition answers: the kind, then each line of the file with its end. The node runs a
 * script itself; here nothing is run. Throws as `readPartition`.
 */
export async function partitionData(partition: Partition): Promise<string[]> {
  const { kind, text } = await readPartition(partition);
  return [`type=${kind}`, ...(text.match(/[^\n]*\n|[^\n]+$/gu) ?? [])];
}

/** The file as it is, for a boot answer. Throws ERR_STATELITE_NOT_FOUND. */
export async function readPartition({ image, kind, path }: Partition): Promise<Written> {
  return { kind, text: await readPartitionFile(path, `the partitionfile of ${image}`) };
}
