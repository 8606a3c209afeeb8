import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';

/**
 * Whether a node has a local disk: its kernel command line names one, `statelite.localdisk=/dev/…`,
 * or its image has a partitionfile, which is not read here.
 */
export function hasLocalDisk(node: string, image: string, cluster: Cluster): boolean {
  const linux = cluster.rows.linuximage.find(({ imagename }) => imagename === image);
  if ((linux?.partitionfile ?? '').trim() !== '') return true;
  const added = [
    attributeOf(cluster, node, 'bootparams', 'addkcmdline') ?? '',
    linux?.addkcmdline ?? '',
  ];
  return added
    .flatMap((words) => words.split(' '))
    .some((word) => /^statelite\.localdisk=./u.test(word));
}
