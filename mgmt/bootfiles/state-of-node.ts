import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { loaderOf, readState, statePath } from './node-files.ts';

/** What a node was last set to, as its boot file says; without one it is `offline`. */
export async function stateOfNode(node: string, cluster: Cluster): Promise<string> {
  const loader = loaderOf(attributeOf(cluster, node, 'noderes', 'netboot'), node);
  const path = join(cluster.site.tftpdir, statePath({ node, loader }));
  try {
    return readState(await readFile(path, 'utf8')) ?? 'offline';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'offline';
    throw error;
  }
}
