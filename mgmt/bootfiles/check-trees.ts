import { join } from 'node:path';
import { readImage } from '../../agent/files/image-record.ts';
import { surveyed } from '../../agent/files/survey.ts';
import { orderTrees } from '../../agent/rules/litetree.ts';
import { refuseListedTrees } from '../../agent/rules/local-trees.ts';
import { answerFor } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { exists } from '../image/genimage/exists.ts';
import type { BootImage } from './boot-image.ts';

/**
 * Refuses litetree rows as the node's agent would, before it learns of them (semantics 1.7): throws
 * ERR_STATELITE_ROW or _VARIABLE for a row, _TABLE for a directory of the image that overlaps a
 * listed path. An image that another server holds is not looked at.
 */
export async function checkTrees(
  node: string,
  { name, rootimgdir }: Pick<BootImage, 'name' | 'rootimgdir'>,
  cluster: Cluster,
): Promise<void> {
  const trees = orderTrees(answerFor(node, cluster).litetree);
  const root = join(rootimgdir, 'rootimg');
  const isLocal = trees.some(({ server }) => server === undefined);
  if (!isLocal || !(await exists(root))) return;
  const { entries } = await readImage(root, cluster.rowsFor(name).litefile);
  await surveyed((look) => refuseListedTrees(trees, entries, look(root)));
}
