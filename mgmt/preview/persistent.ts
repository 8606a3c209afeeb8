import { StateliteError } from '../../agent/errors.ts';
import { formatLocation, parseLocation, splitMountOptions } from '../../agent/protocol/location.ts';
import { below } from '../../agent/rules/path.ts';
import { statemntOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import type { Host } from './host.ts';
import type { Unseen } from './unseen.ts';

/** A node's persistent store, as its next boot will find it. */
export interface StorePreview {
  readonly state: 'none' | 'volatile' | 'mounted';
  /** `server:/directory`, with the node's own name. */
  readonly location: string | undefined;
  /** Where it is on this host; undefined if there is nothing in it yet, or it cannot be seen. */
  readonly directory: string | undefined;
  readonly unseen: Unseen | undefined;
}

/**
 * Looks for the store of a node. The node makes its own directory there, but not the one of all
 * nodes: without that, the boot fails or is volatile (semantics 5.3). Throws
 * ERR_STATELITE_STATEMNT or _ROW.
 */
export async function previewStore(
  node: string,
  cluster: Cluster,
  host: Host,
): Promise<StorePreview> {
  const nobody = { location: undefined, directory: undefined, unseen: undefined };
  const statemnt = statemntOf(node, cluster);
  if (statemnt === undefined) return { ...nobody, state: 'none' };
  const { server, directory } = parseLocation(statemnt.location);
  if (server === undefined) {
    throw new StateliteError(
      'ERR_STATELITE_STATEMNT',
      `the statemnt of ${node}, ${statemnt.location}, names no server`,
      { hint: 'write server:/directory' },
    );
  }
  const own = { server, directory: below(directory, node) };
  const store = { ...nobody, location: formatLocation(own) };
  const common = await host.see({ server, directory });
  if ('missing' in common) {
    if (splitMountOptions(statemnt.mntopts).includes('nofail')) {
      return { ...store, state: 'volatile' };
    }
    throw new StateliteError(
      'ERR_STATELITE_STATEMNT',
      `${node} cannot mount its persistent store ${statemnt.location}: ${common.missing}`,
      { hint: 'make the directory and export it read-write with no_root_squash' },
    );
  }
  if ('unseen' in common) {
    const what = `the persistent store ${store.location}`;
    return { ...store, state: 'mounted', unseen: { what, why: common.unseen, server } };
  }
  const seen = await host.see(own);
  return {
    ...store,
    state: 'mounted',
    directory: 'directory' in seen ? seen.directory : undefined,
  };
}
