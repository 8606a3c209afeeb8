import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from './cluster.ts';
import { expandNames } from './name-span.ts';
import { suggest } from './nearest.ts';

/**
 * The nodes that a noderange names, sorted, each once: `cn01,login`, `compute`, `cn[01-16]`,
 * `cn01-cn16`, `cn01:cn16`, `cn01+15`, `(a,b)@c` for those in both, `-x` for all but x. What
 * site.excludenodes names is always left out. Throws ERR_STATELITE_NODERANGE naming what is no
 * node and no group.
 */
export function expandNoderange(range: string, cluster: Cluster): string[] {
  const unknown: string[] = [];
  const nodes = evaluate(range.replaceAll(/["']/gu, ''), cluster, unknown);
  if (unknown.length > 0) {
    throw new StateliteError(
      'ERR_STATELITE_NODERANGE',
      `Invalid nodes and/or groups in noderange: ${unknown.join(',')}`,
      { hint: suggest(unknown[0] ?? '', knownNames(cluster), 'nodels lists the nodes') },
    );
  }
  // A name that is gone can still be excluded.
  const excluded = evaluate(cluster.site.get('excludenodes') ?? '', cluster, []);
  return [...nodes.difference(excluded)].toSorted();
}

/** The names a range spells out, for nodes that are to be: names and spans, no groups. */
export function newNames(range: string): string[] {
  return [...new Set(splitOutside(range, ',').flatMap((part) => expandNames(part) ?? [part]))];
}

function evaluate(range: string, cluster: Cluster, unknown: string[]): Set<string> {
  const nodes = new Set<string>();
  const excluded = new Set<string>();
  for (const part of splitOutside(range, ',')) {
    const minus = part.startsWith('-');
    const found = intersection(minus ? part.slice(1) : part, cluster, unknown);
    const target = minus ? excluded : nodes;
    for (const node of found) target.add(node);
  }
  return nodes.difference(excluded);
}

function intersection(part: string, cluster: Cluster, unknown: string[]): Set<string> {
  const [first = new Set<string>(), ...rest] = splitOutside(part, '@').map((atom) =>
    atomNodes(atom, cluster, unknown),
  );
  return rest.reduce((nodes, others) => nodes.intersection(others), first);
}

function atomNodes(atom: string, cluster: Cluster, unknown: string[]): Set<string> {
  if (cluster.nodes.has(atom)) return new Set([atom]);
  if (atom.startsWith('(') && atom.endsWith(')')) {
    return evaluate(atom.slice(1, -1), cluster, unknown);
  }
  const members = cluster.groups.get(atom);
  if (members !== undefined) return new Set(members);
  const names = expandNames(atom) ?? [atom];
  unknown.push(...names.filter((name) => !cluster.nodes.has(name)));
  return new Set(names);
}

/** Splits at a separator, but not inside brackets or parentheses; empty parts do not count. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '(' || letter === '[') depth += 1;
    if (letter === ')' || letter === ']') depth -= 1;
    if (letter === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function knownNames({ nodes, groups }: Cluster): string[] {
  return [...nodes, ...groups.keys()];
}
