import { StateliteError } from '../../agent/errors.ts';
import { imageOf } from './answer-for.ts';
import type { Cluster } from './cluster.ts';

/** The file that says how a node's local disk is divided: settings, or a script that does it. */
export interface Partition {
  readonly image: string;
  readonly kind: 'format' | 'script';
  readonly path: string;
}

/**
 * linuximage.partitionfile of the node's image: a path, or `s:` and the path of a script. Only the
 * prefix counts: stock finds `s:` anywhere in a path (mgmt QUIRK-78). Undefined if the image has
 * none. Throws ERR_STATELITE_NOT_FOUND for a node without an image, ERR_STATELITE_TABLE for a path
 * that is not absolute.
 */
export function partitionOf(node: string, cluster: Cluster): Partition | undefined {
  const image = imageOf(node, cluster);
  const row = cluster.rows.linuximage.find(({ imagename }) => imagename === image);
  const text = row?.partitionfile?.trim();
  if (text === undefined || text === '') return undefined;
  const path = text.replace(/^s:\s*/u, '');
  if (path.startsWith('/')) return { image, kind: path === text ? 'format' : 'script', path };
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `linuximage row imagename=${image}: partitionfile is no absolute path: ${text}`,
    { hint: `chtab imagename=${image} linuximage.partitionfile=/install/custom/partition` },
  );
}
