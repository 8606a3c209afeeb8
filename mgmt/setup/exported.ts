import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { parseLocation } from '../../agent/protocol/location.ts';
import type { Cluster } from '../core/cluster.ts';
import { substitute } from '../core/variables.ts';
import { normalAddress } from '../daemon/address-book.ts';

/** A directory that nodes mount from this machine. */
export interface Export {
  readonly path: string;
  readonly access: 'ro' | 'rw';
}

export interface Exports {
  readonly exports: readonly Export[];
  /** Rows that were left out, for the operator. */
  readonly notes: readonly string[];
}

/**
 * What the tables let nodes mount from a server called any of `names`: images and trees read-only,
 * persistent directories to write. A path with variables is exported as far as it is the same for
 * every node, so that a new node needs no new export.
 */
export function exportsOf(cluster: Cluster, names: readonly string[]): Exports {
  const notes: string[] = [];
  const own = new Set(names.map(oneSpelling));
  const wanted = new Map<string, Export['access']>();
  const add = (path: string, access: Export['access']) => {
    if (wanted.get(path) !== 'rw') wanted.set(path, access);
  };
  add(join(cluster.site.installdir, 'netboot'), 'ro');
  for (const { rootimgdir } of cluster.rows.linuximage) {
    if (rootimgdir?.startsWith('/')) add(rootimgdir.replace(/(?<=.)\/+$/, ''), 'ro');
  }
  const locations = [
    ...cluster.rows.statelite.map(({ node, statemnt }) => ({
      where: `statelite row node=${node}`,
      text: statemnt,
      access: 'rw' as const,
    })),
    ...cluster.rows.litetree.map(({ priority, image, directory }) => ({
      where: `litetree row priority=${priority} image=${image}`,
      text: directory,
      access: 'ro' as const,
    })),
  ];
  for (const { where, text, access } of locations) {
    try {
      const path = pathHere(text, cluster, own, where);
      if (path === '/') notes.push(`${where}: not exported, ${text} would export everything`);
      else if (path !== undefined) add(path, access);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      notes.push(`${where}: not exported, ${error.message}`);
    }
  }
  return { exports: withoutNested(wanted), notes };
}

/** The directory to export for a location; undefined if it is on another server. */
function pathHere(
  text: string,
  cluster: Cluster,
  own: ReadonlySet<string>,
  where: string,
): string | undefined {
  const { server, directory } = parseLocation(text);
  if (server === undefined || !isHere(server, cluster, own, where)) return undefined;
  const names = directory.split('/').slice(1);
  const variable = names.findIndex((name) => name.includes('$') || name.includes('#CMD='));
  return `/${names.slice(0, variable < 0 ? names.length : variable).join('/')}`;
}

/** A server that is a variable is this one if it is for any node. */
function isHere(
  server: string,
  cluster: Cluster,
  own: ReadonlySet<string>,
  where: string,
): boolean {
  if (!server.includes('$')) return own.has(oneSpelling(server));
  return [...cluster.nodes].some((node) => {
    try {
      return own.has(oneSpelling(substitute(server, node, cluster, where)));
    } catch (error) {
      // A node without a value has another location, or none: nodeset refuses it.
      if (error instanceof StateliteError && error.code === 'ERR_STATELITE_VARIABLE') return false;
      throw error;
    }
  });
}

/** A directory below an exported one is reachable through it, unless its access differs. */
function withoutNested(wanted: ReadonlyMap<string, Export['access']>): Export[] {
  const kept: Export[] = [];
  for (const [path, access] of [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const above = kept.findLast((other) => path.startsWith(`${other.path}/`));
    if (above?.access !== access) kept.push({ path, access });
  }
  return kept;
}

function oneSpelling(server: string): string {
  const bare = server.replace(/^\[(.*)\]$/, '$1');
  return normalAddress(bare) ?? bare.toLowerCase();
}
