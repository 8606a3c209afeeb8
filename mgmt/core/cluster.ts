import { type TableName, type TableRows, tables } from '../db/tables.ts';
import { splitList } from './list.ts';
import { parseRegexValue, type RegexValue } from './regex-value.ts';
import { type ImageRows, imageRows } from './rows-for.ts';
import { type Site, siteOf } from './site.ts';

/** Tables with a row per node, or per group whose nodes inherit it. */
export type NodeTableName = {
  [N in TableName]: 'node' extends (typeof tables)[N]['key'][number] ? N : never;
}[TableName];

export type NodeRow = Readonly<Record<string, string | null>>;

/** What a command printed, without the end of the line; or why there is nothing to use. */
export type CommandResult = { readonly output: string } | { readonly problem: string };

/** The tables of one moment, without disabled rows, indexed to be asked for many nodes. */
export interface Cluster {
  readonly rows: TableRows;
  readonly site: Site;
  /** In the order of nodelist. */
  readonly nodes: ReadonlySet<string>;
  /**
   * The members that nodelist gives each group; nodegroup may name some that have none. Of dynamic
   * groups `membersOf` knows more.
   */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** The groups of a node, in the order that inheritance follows. */
  readonly groupsOf: (node: string) => readonly string[];
  /** The row of a node or group itself, without inheritance. */
  readonly rowOf: (table: NodeTableName, name: string) => NodeRow | undefined;
  /** Columns that all groups of a node add to (site.hierarchicalattrs), and what stands between. */
  readonly hierarchical: ReadonlyMap<string, string>;
  /** `parseRegexValue`, each text read once. */
  readonly regexValue: (text: string) => RegexValue | undefined;
  /**
   * What the commands of `#CMD=...#` printed, by their text. Whoever resolves variables has run
   * those of `commandsOf` before; without it such a variable is refused.
   */
  readonly commandResults?: ReadonlyMap<string, CommandResult>;
  /** The litefile and litetree rows that apply to an image. */
  readonly rowsFor: (image: string) => ImageRows;
}

/** Indexes the tables; linear in their rows. `overrides` as in `siteOf`. */
export function indexCluster(
  all: TableRows,
  overrides: Parameters<typeof siteOf>[1] = {},
): Cluster {
  const rows = enabled(all);
  const groupsOf = new Map(rows.nodelist.map(({ node, groups }) => [node, splitList(groups)]));
  const site = siteOf(rows.site, overrides);
  return {
    rows,
    site,
    nodes: new Set(groupsOf.keys()),
    groups: staticMembers(rows, groupsOf),
    groupsOf: (node) => groupsOf.get(node) ?? [],
    rowOf: rowIndex(rows),
    hierarchical: hierarchicalColumns(site.get('hierarchicalattrs') ?? ''),
    regexValue: onceEach(parseRegexValue),
    rowsFor: imageRows(rows),
  };
}

/** Whether the table says something of nodes; others have no rows for them. */
export function isNodeTable(name: TableName): name is NodeTableName {
  return tables[name].key.some((column) => column === 'node');
}

/** xCAT's rule: whatever is not 0 or no takes the row out of use. */
export function isEnabled({ disable }: { readonly disable: string | null }): boolean {
  return disable === null || /^(?:|0|no)$/iu.test(disable);
}

/** The same for any word, which need not be the name of a table. */
export function isNodeTableName(name: string): name is NodeTableName {
  return isTableName(name) && isNodeTable(name);
}

function isTableName(name: string): name is TableName {
  return Object.hasOwn(tables, name);
}

function enabled(all: TableRows): TableRows {
  const entries = Object.entries(all).map(([name, rows]) => [name, rows.filter(isEnabled)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same tables, fewer rows
  return Object.fromEntries(entries) as TableRows;
}

function staticMembers(
  { nodegroup }: TableRows,
  groupsOf: ReadonlyMap<string, readonly string[]>,
): Map<string, string[]> {
  const members = new Map(nodegroup.map(({ groupname }) => [groupname, [] as string[]]));
  for (const [node, groups] of groupsOf) {
    for (const group of groups) {
      const known = members.get(group);
      if (known === undefined) members.set(group, [node]);
      else known.push(node);
    }
  }
  return members;
}

/** `postscripts,addkcmdline: `: a comma stands between the parts, or what follows the colon. */
function hierarchicalColumns(list: string): Map<string, string> {
  const columns = list.split(',').map((item): [string, string] => {
    const [name = '', ...delimiter] = item.split(':');
    return [name.trim(), delimiter.join(':') || ','];
  });
  return new Map(columns.filter(([name]) => name !== ''));
}

/** Remembers what a function gave for each text. */
function onceEach<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, { readonly value: T }>();
  return (text) => {
    const known = made.get(text) ?? { value: make(text) };
    made.set(text, known);
    return known.value;
  };
}

/** Indexes a table when it is first asked for. */
function rowIndex(rows: TableRows): Cluster['rowOf'] {
  const indexes = new Map<NodeTableName, Map<string, NodeRow>>();
  return (table, name) => {
    let index = indexes.get(table);
    if (index === undefined) {
      index = new Map(rows[table].map((row): [string, NodeRow] => [row.node, row]));
      indexes.set(table, index);
    }
    return index.get(name);
  };
}
