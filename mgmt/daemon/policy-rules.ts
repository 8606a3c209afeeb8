import { hasCode } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { expandNoderange } from '../core/noderange.ts';
import { perlRegex } from '../core/perl-regex.ts';
import { boundedMatch } from './bounded-match.ts';

/** A policy row made ready to be asked. */
export interface PolicyRule {
  readonly priority: string;
  readonly allows: boolean;
  readonly trusted: boolean;
  readonly isForName: (name: string | undefined) => boolean;
  readonly isForHost: (node: string | undefined) => boolean;
  readonly isForCommand: (command: string) => boolean;
  readonly isForArgs: (args: readonly string[]) => boolean;
  /** Undefined for every node, and for no node at all. */
  readonly nodes: () => ReadonlySet<string> | undefined;
}

/** The columns that decide. Stock stores `time` too and never looks at it. */
type Row = Cluster['rows']['policy'][number];

const allowing: readonly string[] = ['allow', 'accept', 'trusted'];
/** What a noderange or regex of a row is refused with. */
const unusable = [
  'ERR_STATELITE_USAGE',
  'ERR_STATELITE_NODERANGE',
  'ERR_STATELITE_TABLE',
  'ERR_STATELITE_ROW',
];

const known = new WeakMap<Cluster, readonly PolicyRule[]>();

/**
 * The enabled rows in the order they count: by number, as stock 0 for what is none, then by text.
 * A condition that cannot be evaluated never opens anything: it is met if the row denies, and not
 * met if it allows.
 */
export function policyRules(cluster: Cluster): readonly PolicyRule[] {
  const rules = known.get(cluster) ?? sorted(cluster.rows.policy).map((row) => rule(row, cluster));
  known.set(cluster, rules);
  return rules;
}

/** What of the rows cannot be evaluated, each in a line that names row and column. */
export function policyProblems(cluster: Cluster): string[] {
  return sorted(cluster.rows.policy).flatMap((row) =>
    (['noderange', 'parameters'] as const).flatMap((column) => {
      const { problem } = column === 'noderange' ? rangeOf(row, cluster) : regexOf(row);
      if (problem === undefined) return [];
      const then = allows(row) ? 'the row allows nothing' : 'the row denies whatever it says';
      return [`policy row priority=${row.priority}: ${column}: ${problem}: ${then}`];
    }),
  );
}

function sorted(rows: readonly Row[]): Row[] {
  return rows.toSorted(
    (a, b) => numberOf(a.priority) - numberOf(b.priority) || (a.priority < b.priority ? -1 : 1),
  );
}

function numberOf(priority: string): number {
  const number = Number.parseFloat(priority);
  return Number.isFinite(number) ? number : 0;
}

function rule(row: Row, cluster: Cluster): PolicyRule {
  // `*` as a name asks for a certificate.
  const [name, host] = [written(row.name), wanted(row.host)];
  const commands = wanted(row.commands)?.split(/[\s,]+/u);
  const regex = onDemand(() => regexOf(row));
  const range = onDemand(() => rangeOf(row, cluster));
  const isOpen = allows(row);
  return {
    priority: row.priority,
    allows: isOpen,
    trusted: ruleOf(row) === 'trusted',
    isForName: (given) =>
      name === undefined || (given !== undefined && (name === '*' || name === given)),
    isForHost: (node) =>
      host === undefined || (node !== undefined && [node, shortName(node)].includes(host)),
    isForCommand: (command) => commands === undefined || commands.includes(command),
    isForArgs(args) {
      const { value, problem } = regex();
      if (problem !== undefined) return !isOpen;
      return value === undefined || (boundedMatch(value, args.join(' ')) ?? !isOpen);
    },
    nodes() {
      const { value, problem } = range();
      if (problem === undefined) return value;
      return isOpen ? new Set() : undefined;
    },
  };
}

/** A condition's value, or why it has none; neither for a row that has no such condition. */
interface Condition<T> {
  readonly value?: T | undefined;
  readonly problem?: string;
}

function regexOf({ parameters }: Row): Condition<RegExp> {
  const source = wanted(parameters);
  return source === undefined ? {} : attempt(() => perlRegex(source));
}

function rangeOf({ noderange }: Row, cluster: Cluster): Condition<ReadonlySet<string>> {
  const range = wanted(noderange);
  // What site.excludenodes keeps from commands must not be kept from a row that denies.
  const site = {
    ...cluster.site,
    get: (key: string) => (key === 'excludenodes' ? undefined : cluster.site.get(key)),
  };
  return range === undefined
    ? {}
    : attempt(() => new Set(expandNoderange(range, { ...cluster, site })));
}

function attempt<T>(make: () => T): Condition<T> {
  try {
    return { value: make() };
  } catch (error) {
    if (!hasCode(error, ...unusable)) throw error;
    return { problem: error.message };
  }
}

function onDemand<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Undefined for a column that sets no condition: blank or `*`. */
function wanted(value: string | null): string | undefined {
  const text = written(value);
  return text === '*' ? undefined : text;
}

function written(value: string | null): string | undefined {
  return value?.trim() || undefined;
}

function allows(row: Row): boolean {
  return allowing.includes(ruleOf(row));
}

/** The exact word: stock takes "disallow" for an "allow" (mgmt QUIRK-73). */
function ruleOf({ rule: text }: Row): string {
  return (text ?? '').trim().toLowerCase();
}

function shortName(node: string): string {
  return node.split('.', 1).join();
}
