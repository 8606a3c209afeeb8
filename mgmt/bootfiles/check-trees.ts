import { join } from 'node:path';
import { readImage } from '../../agent/files/image-record.ts';
import { surveyed } from '../../agent/files/survey.ts';
import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { orderTrees, type Tree } from '../../agent/rules/litetree.ts';
import { refuseListedTrees } from '../../agent/rules/local-trees.ts';
import { treesOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { exists } from '../image/genimage/exists.ts';
import type { BootImage } from './boot-image.ts';

/**
 * Refuses litetree rows as a node's agent would, before it learns of them (semantics 1.7): throws
 * ERR_STATELITE_ROW or _VARIABLE for a row, _TABLE for a directory of the image that overlaps a
 * listed path. An image that another server holds is not looked at; the others are read once for
 * all nodes that have the same such directories.
 */
export function treeChecker(
  cluster: Cluster,
): (node: string, image: Pick<BootImage, 'name' | 'rootimgdir'>) => Promise<void> {
  const checked = new Map<string, Promise<void>>();
  return async (node, { name, rootimgdir }) => {
    if (cluster.rowsFor(name).litetree.length === 0) return;
    const trees = orderTrees(treesOf(node, name, cluster));
    const local = trees.filter(({ server }) => server === undefined);
    if (local.length === 0) return;
    const key = JSON.stringify([name, local.map(({ directory }) => directory)]);
    const rows = cluster.rowsFor(name).litefile;
    const checking = checked.get(key) ?? refuseOverlaps(local, join(rootimgdir, 'rootimg'), rows);
    checked.set(key, checking);
    await checking;
  };
}

async function refuseOverlaps(
  trees: readonly Tree[],
  root: string,
  rows: readonly LitefileRow[],
): Promise<void> {
  if (!(await exists(root))) return;
  const { entries } = await readImage(root, rows);
  await surveyed((look) => refuseListedTrees(trees, entries, look(root)));
}
