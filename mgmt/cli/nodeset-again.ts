import { stateOf } from '../bootfiles/boot-image.ts';
import { stateOfNode } from '../bootfiles/state-of-node.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';

/**
 * The action of nodeset that sets a node to what its boot file says; undefined if that is `offline`.
 * Throws like `stateOfNode`.
 */
export async function nodesetAgain(node: string, cluster: Cluster): Promise<string | undefined> {
  const state = await stateOfNode(node, cluster);
  if (state === 'offline') return undefined;
  if (state === 'boot' || state === 'shell') return state;
  const images = cluster.rows.osimage
    .filter((row) => stateOf(partsOf(row)) === state)
    .map(({ imagename }) => imagename);
  const own = attributeOf(cluster, node, 'nodetype', 'provmethod');
  const image = images.find((name) => name === own) ?? images[0];
  return image === undefined ? 'osimage' : `osimage=${image}`;
}

function partsOf({ osvers, osarch, profile }: Cluster['rows']['osimage'][number]) {
  return { os: osvers ?? '', arch: osarch ?? '', profile: profile ?? '' };
}
