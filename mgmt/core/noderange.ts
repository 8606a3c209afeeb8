import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from './attributes.ts';
import type { Cluster } from './cluster.ts';
import { membersOf } from './dynamic-group.ts';
import { expandNames } from './name-span.ts';
import { suggest } from './nearest.ts';
import { parseNodeCondition } from './node-condition.ts';
import { perlRegex } from './perl-regex.ts';

/** What a noderange may reach besides the tables. */
export interface NoderangeOptions {
  /** The text of the file of `^file`; without it such an item is refused. */
  readonly readList?: (file: string) => string;
  /** Refuses `^file`, `/regex` and conditions with a regex: for ranges from elsewhere. */
  readonly plainOnly?: boolean;
}

/** Parentheses in parentheses: nobody means more. */
const maxDepth = 64;

/** Names spelled out and nodes named in all, those that come again counted again. */
const maxNames = 100_000;
const maxNamed = 1_000_000;

/** Unknown names that a message holds. */
const maxListed = 100;

/** The prefix of a node that is named by its number alone. */
const numberPrefix = 'node';

/**
 * The nodes that a noderange names (reference 2.8), sorted, each once: `cn01,login`, `compute`,
 * `cn[01-16]`, `cn01-cn16`, `cn01:cn16`, `cn01+15`, `7` for `node7`, `/cn\d+` for all that match
 * whole, `^file` for those a file lists, `nodehm.mgt==ipmi`, `(a,b)@c` for those in both, `-x` for
 * all but x. What site.excludenodes names is always left out. Throws ERR_STATELITE_NODERANGE naming
 * what is no node and no group, ERR_STATELITE_USAGE for a bad condition or regex, and like
 * `membersOf`.
 */
export function expandNoderange(
  range: string,
  cluster: Cluster,
  options: NoderangeOptions = {},
): string[] {
  const given = new Evaluation(cluster, options);
  const nodes = given.list(unquoted(range));
  const [first] = given.unknown;
  if (first !== undefined) {
    throw new StateliteError(
      'ERR_STATELITE_NODERANGE',
      `Invalid nodes and/or groups in noderange: ${enumerated(given.unknown)}`,
      { hint: suggest(first, knownNames(cluster), 'nodels lists the nodes') },
    );
  }
  // A name that is gone can still be excluded.
  const away = unquoted(cluster.site.get('excludenodes') ?? '');
  const excluded = new Evaluation(cluster, { ...options, plainOnly: false }).list(away);
  return [...nodes.difference(excluded)].toSorted();
}

/** The names a range spells out, for nodes that are to be: names and spans, no groups. */
export function newNames(range: string): string[] {
  const names = new Set<string>();
  for (const part of splitOutside(range, ',')) {
    for (const name of expandNames(part) ?? [part]) names.add(name);
  }
  return [...names];
}

/** One range being worked out, with what it named that is not there. */
class Evaluation {
  readonly unknown: string[] = [];
  readonly #cluster: Cluster;
  readonly #options: NoderangeOptions;
  #depth = 0;
  #names = 0;
  #named = 0;
  #inFile = false;

  constructor(cluster: Cluster, options: NoderangeOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Exclusions count at the end, wherever they stand. */
  list(range: string): Set<string> {
    if (this.#depth > maxDepth) refuse('the noderange has too many parentheses');
    this.#depth += 1;
    const nodes = new Set<string>();
    const excluded = new Set<string>();
    for (const part of splitOutside(range, ',')) {
      const minus = part.startsWith('-');
      const target = minus ? excluded : nodes;
      for (const node of this.#intersection(minus ? part.slice(1) : part)) target.add(node);
    }
    this.#depth -= 1;
    return nodes.difference(excluded);
  }

  #intersection(part: string): Set<string> {
    const [first = new Set<string>(), ...rest] = splitOutside(part, '@').map((atom) =>
      this.#atom(atom),
    );
    return rest.reduce((nodes, others) => nodes.intersection(others), first);
  }

  #atom(atom: string): Set<string> {
    const { nodes } = this.#cluster;
    if (nodes.has(atom)) return this.#counted([atom]);
    if (atom.startsWith('(') && atom.endsWith(')')) return this.list(atom.slice(1, -1));
    const members = membersOf(atom, this.#cluster);
    if (members !== undefined) return this.#counted(members);
    if (/^[^/^]*[=~]/u.test(atom)) return this.#selected(atom);
    if (atom.startsWith('/')) return this.#matching(atom);
    if (atom.startsWith('^')) return this.#listed(atom.slice(1));
    return this.#spelledOut(expandNames(atom) ?? [atom]);
  }

  #spelledOut(names: readonly string[]): Set<string> {
    this.#names += names.length;
    if (this.#names > maxNames) refuse(`the noderange spells out more than ${maxNames} names`);
    return this.#counted(names.flatMap((name) => this.#known(name)));
  }

  /** What a name out of a span stands for: a node, a group, the number of a node. */
  #known(name: string): readonly string[] {
    const { nodes } = this.#cluster;
    if (nodes.has(name)) return [name];
    const members = membersOf(name, this.#cluster);
    if (members !== undefined) return members;
    const numbered = numberPrefix + name;
    if (/^\d+$/u.test(name) && nodes.has(numbered)) return [numbered];
    this.unknown.push(name);
    return [];
  }

  #selected(atom: string): Set<string> {
    this.#plain(atom, !/=~|!~/u.test(atom));
    const condition = parseNodeCondition(atom);
    if (condition === undefined) {
      this.unknown.push(atom);
      return new Set();
    }
    const { table, column, holds } = condition;
    const selected = [...this.#cluster.nodes].filter((node) =>
      holds(attributeOf(this.#cluster, node, table, column)),
    );
    return this.#counted(selected);
  }

  #matching(atom: string): Set<string> {
    this.#plain(atom, false);
    const regex = perlRegex(atom.slice(1), { anchored: true });
    return this.#counted([...this.#cluster.nodes].filter((node) => regex.test(node)));
  }

  /** The first word of each line is a range of its own, which lists no further files. */
  #listed(file: string): Set<string> {
    this.#plain(`^${file}`, false);
    const { readList } = this.#options;
    if (readList === undefined || this.#inFile) refuse(`^${file}: no list of nodes is read here`);
    this.#inFile = true;
    const nodes = new Set<string>();
    for (const line of readList(file).split('\n')) {
      const [word = ''] = line.split(/[\s:]/u, 1);
      if (line.startsWith('#') || line.startsWith('^')) continue;
      for (const node of this.list(word)) nodes.add(node);
    }
    this.#inFile = false;
    return nodes;
  }

  #plain(atom: string, isPlain: boolean): void {
    if (isPlain || this.#options.plainOnly !== true) return;
    refuse(`${atom.slice(0, 80)}: only names, groups and spans are understood here`);
  }

  #counted(names: readonly string[]): Set<string> {
    this.#named += names.length;
    if (this.#named > maxNamed) refuse(`the noderange names more than ${maxNamed} nodes`);
    return new Set(names);
  }
}

/** Splits at a separator, but not inside brackets or parentheses; empty parts do not count. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index];
    if (letter === '(' || letter === '[') depth += 1;
    else if (letter === ')' || letter === ']') depth -= 1;
    else if (letter === separator && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function unquoted(range: string): string {
  return range.replaceAll(/["']/gu, '');
}

function enumerated(names: readonly string[]): string {
  const listed = names.slice(0, maxListed).map((name) => name.slice(0, 256));
  const more = names.length - listed.length;
  return listed.join(',') + (more > 0 ? ` and ${more} more` : '');
}

function knownNames({ nodes, groups }: Cluster): string[] {
  return [...nodes, ...groups.keys()];
}

function refuse(problem: string): never {
  throw new StateliteError('ERR_STATELITE_NODERANGE', problem, {
    hint: 'write names, groups, cn[01-16], cn01-cn16, (a,b)@c or -x, with commas between',
  });
}
