import { hasCode } from '../../agent/errors.ts';
import { parseLocation } from '../../agent/protocol/location.ts';
import { answerFor, imageOf, statemntOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import type { Finding } from './finding.ts';
import { unreachable } from './reachable.ts';

/**
 * Whether the NFS servers that nodes of these images will mount trees and stores from answer this
 * host.
 */
export async function checkServers(
  cluster: Cluster,
  images: ReadonlySet<string>,
): Promise<Finding[]> {
  const users = new Map<string, string[]>();
  for (const node of cluster.nodes) {
    for (const server of serversOf(node, cluster, images)) {
      const known = users.get(server);
      if (known === undefined) users.set(server, [node]);
      else known.push(node);
    }
  }
  const findings = await Promise.all(
    [...users].map(async ([server, nodes]): Promise<Finding[]> => {
      const why = await unreachable(server);
      if (why === undefined) return [];
      const message = `the NFS server ${server} cannot be reached from here: ${why}`;
      const hint = 'is it up, and is its name right in litetree and statelite?';
      return [{ level: 'warning', nodes, message, hint }];
    }),
  );
  return findings.flat();
}

function serversOf(node: string, cluster: Cluster, images: ReadonlySet<string>): Set<string> {
  try {
    if (!images.has(imageOf(node, cluster))) return new Set();
    const { litetree } = answerFor(node, cluster);
    const store = statemntOf(node, cluster)?.location;
    const locations = [...litetree.map(({ directory }) => directory), ...(store ? [store] : [])];
    const servers = locations.map((location) => parseLocation(location).server);
    return new Set(servers.filter((server) => server !== undefined));
  } catch (error) {
    // Said where the node's boot is foreseen.
    if (hasCode(error, 'ERR_STATELITE_NOT_FOUND', 'ERR_STATELITE_VARIABLE', 'ERR_STATELITE_ROW'))
      return new Set();
    throw error;
  }
}
