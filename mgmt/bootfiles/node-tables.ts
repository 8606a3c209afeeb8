import { type Cluster, indexCluster } from '../core/cluster.ts';
import type { Store } from '../db/store.ts';
import { tables } from '../db/tables.ts';
import type { BootImage } from './boot-image.ts';

/** The cluster as it will be: variables of other tables may ask for a node's os, arch or profile. */
export function withImages(cluster: Cluster, chosen: ReadonlyMap<string, BootImage>): Cluster {
  const { installdir, tftpdir } = cluster.site;
  const now = new Map(cluster.rows.nodetype.map((row) => [row.node, row]));
  const blank = { supportedarchs: null, nodetype: null, comments: null, disable: null };
  for (const [node, image] of chosen) {
    now.set(node, { ...blank, ...now.get(node), ...nodetypeRow(node, image) });
  }
  const rows = { ...cluster.rows, nodetype: [...now.values()] };
  return indexCluster(rows, { installdir, tftpdir });
}

/**
 * Writes what nodes were set to, all of it or nothing: the image into nodetype, and into chain what
 * `lsdef` shows as currstate; the boot file itself says what a node does. Rows that are right stay.
 */
export async function writeTables(
  { cluster, store }: { readonly cluster: Cluster; readonly store: Pick<Store, 'transaction'> },
  set: readonly { readonly node: string; readonly state: string }[],
  chosen: ReadonlyMap<string, BootImage>,
): Promise<void> {
  const types = set.flatMap(({ node }) => {
    const image = chosen.get(node);
    if (image === undefined) return [];
    const row = nodetypeRow(node, image);
    const now = cluster.rowOf('nodetype', node);
    return Object.entries(row).some(([column, value]) => now?.[column] !== value) ? [row] : [];
  });
  const states = set
    .filter(({ node, state }) => cluster.rowOf('chain', node)?.['currstate'] !== state)
    .map(({ node, state }) => ({ node, currstate: state }));
  if (types.length + states.length === 0) return;
  await store.transaction(async (tx) => {
    if (types.length > 0) await tx.upsertAll(tables.nodetype, types);
    if (states.length > 0) await tx.upsertAll(tables.chain, states);
  });
}

function nodetypeRow(node: string, { name, os, arch, profile }: BootImage) {
  return { node, os, arch, profile, provmethod: name };
}
