import { dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { parseLocation } from '../../agent/protocol/location.ts';
import { withoutSlashes } from '../../agent/rules/path.ts';
import { sourcedAttribute } from '../core/attributes.ts';
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
 * persistent directories to write. A path with variables, or one made from the nodes' names, is
 * exported as far as it is the same for every node, so that a new node needs no new export.
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
    if (rootimgdir?.startsWith('/')) add(aboveGenerations(withoutSlashes(rootimgdir) || '/'), 'ro');
  }
  for (const { where, text, access, texts } of locationsOf(cluster, notes)) {
    try {
      const paths = texts.flatMap((one) => pathHere(one, cluster, own, where) ?? []);
      const path = commonPath(paths);
      if (path === '/') notes.push(`${where}: not exported, ${text} would export everything`);
      else if (path !== undefined) add(path, access);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      notes.push(`${where}: not exported, ${error.message}`);
    }
  }
  return { exports: withoutNested(wanted), notes };
}

/**
 * Generations of an image are siblings of its directory, and change places with it: a server that
 * exports the directory itself would go on with the old one.
 */
function aboveGenerations(rootimgdir: string): string {
  const above = dirname(rootimgdir);
  return above === '/' ? rootimgdir : above;
}

/** A column that says where nodes mount from. */
interface Written {
  /** Names the row. */
  readonly where: string;
  readonly text: string;
  readonly access: Export['access'];
  /** What it is for nodes, variables in place; one unless it is made from their names. */
  readonly texts: readonly string[];
}

function locationsOf(cluster: Cluster, notes: string[]): Written[] {
  const { statelite, litetree } = cluster.rows;
  const values = statelite.some(({ statemnt }) => isRegex(statemnt))
    ? statemntsOfNodes(cluster, notes)
    : undefined;
  return [
    ...statelite.map(({ node, statemnt }) => ({
      where: `statelite row node=${node}`,
      text: statemnt,
      access: 'rw' as const,
      texts: isRegex(statemnt) ? [...(values?.get(node) ?? [])] : [statemnt],
    })),
    ...litetree.map(({ priority, image, directory }) => ({
      where: `litetree row priority=${priority} image=${image}`,
      text: directory,
      access: 'ro' as const,
      texts: [directory],
    })),
  ];
}

/** Whether a statemnt is made from the nodes' names. */
function isRegex(text: string): boolean {
  return text.startsWith('|');
}

/** The values that nodes have of each row, by the row's node or group. */
function statemntsOfNodes(cluster: Cluster, notes: string[]): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const node of cluster.nodes) {
    try {
      const found = sourcedAttribute(cluster, node, 'statelite', 'statemnt');
      if (found === undefined) continue;
      const known = values.get(found.from) ?? new Set();
      values.set(found.from, known.add(found.value));
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_ROW')) throw error;
      notes.push(`the persistent directory of ${node} is not exported: ${error.message}`);
    }
  }
  return values;
}

/** As far as paths are the same, name by name; undefined if there are none. */
function commonPath([first, ...others]: readonly string[]): string | undefined {
  if (first === undefined) return undefined;
  const names = first.split('/');
  for (const other of others) {
    const different = other.split('/').findIndex((name, index) => name !== names[index]);
    if (different !== -1) names.splice(different);
    else names.splice(other.split('/').length);
  }
  return names.join('/') || '/';
}

/** The directory to export for a location; undefined if it is on another server. */
function pathHere(
  text: string,
  cluster: Cluster,
  own: ReadonlySet<string>,
  where: string,
): string | undefined {
  if (/^[^/:]*#CMD=/u.test(text)) {
    throw new StateliteError('ERR_STATELITE_SETUP', 'its server is what a command prints');
  }
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
      if (hasCode(error, 'ERR_STATELITE_VARIABLE', 'ERR_STATELITE_ROW')) return false;
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
