import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';

/** Whether a node's kernel command line names a local disk: `statelite.localdisk=/dev/…`. */
export function hasLocalDisk(node: string, image: string, cluster: Cluster): boolean {
  const linux = cluster.rows.linuximage.find(({ imagename }) => imagename === image);
  const added = [
    attributeOf(cluster, node, 'bootparams', 'addkcmdline') ?? '',
    linux?.addkcmdline ?? '',
  ];
  return added
    .flatMap((words) => words.split(' '))
    .some((word) => /^statelite\.localdisk=./u.test(word));
}
