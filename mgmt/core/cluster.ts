import { type TableName, type TableRows, tables } from '../db/tables.ts';
import { splitList } from './list.ts';
import { type ImageRows, imageRows } from './rows-for.ts';
import { type Site, siteOf } from './site.ts';

/** Tables with a row per node, or per group whose nodes inherit it. */
export type NodeTableName = {
  [N in TableName]: 'node' extends (typeof tables)[N]['key'][number] ? N : never;
}[TableName];

export type NodeRow = Readonly<Record<string, string | null>>;

/** The tables of one moment, without disabled rows, indexed to be asked for many nodes. */
export interface Cluster {
  readonly rows: TableRows;
  readonly site: Site;
  /** In the order of nodelist. */
  readonly nodes: ReadonlySet<string>;
  /** The members of each group; nodegroup may name some that have none. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** The groups of a node, in the order that inheritance follows. */
  readonly groupsOf: (node: string) => readonly string[];
  /** The row of a node or group itself, without inheritance. */
  readonly rowOf: (table: NodeTableName, name: string) => NodeRow | undefined;
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
  return {
    rows,
    site: siteOf(rows.site, overrides),
    nodes: new Set(groupsOf.keys()),
    groups: membersOf(rows, groupsOf),
    groupsOf: (node) => groupsOf.get(node) ?? [],
    rowOf: rowIndex(rows),
    rowsFor: imageRows(rows),
  };
}

/** Whether the table says something of nodes; others have no rows for them. */
export function isNodeTable(name: TableName): name is NodeTableName {
  return tables[name].key.some((column) => column === 'node');
}

/** xCAT's rule: whatever is not 0 or no takes the row out of use. */
export function isEnabled({ disable }: { readonly disable: string | null }): boolean {
  return disable === null || /^(?:0|no)$/iu.test(disable);
}

function enabled(all: TableRows): TableRows {
  const entries = Object.entries(all).map(([name, rows]) => [name, rows.filter(isEnabled)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same tables, fewer rows
  return Object.fromEntries(entries) as TableRows;
}

function membersOf(
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
