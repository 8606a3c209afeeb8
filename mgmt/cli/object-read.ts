import type { Settings } from '../config.ts';
import { indexCluster, isNodeTable } from '../core/cluster.ts';
import { splitList } from '../core/list.ts';
import { indexObjects, type Objects } from '../core/objects/definition.ts';
import { readTables } from '../db/read-tables.ts';
import type { Rows } from '../db/store.ts';
import type { Table } from '../db/table.ts';
import { type TableName, tables } from '../db/tables.ts';

type Select = Pick<Rows, 'select'>;

/** More names than this are looked up in tables that are read whole. */
const few = 32;

/** Nodes whose rows alone are read, and the names whose rows they inherit. */
interface Narrow {
  readonly nodes: readonly string[];
  readonly heirs: readonly string[];
}

/**
 * Reads the tables `only`, and site, as one moment has them. If `range` is a short list of names of
 * nodes, only what counts for these is read of node tables: one node of ten thousand is quick.
 */
export async function readObjects(
  rows: Select,
  { installdir, tftpdir }: Pick<Settings, 'installdir' | 'tftpdir'>,
  only: readonly TableName[],
  range?: string,
): Promise<Objects> {
  const site = await rows.select(tables.site);
  const excluded = site.some(({ key, value }) => key === 'excludenodes' && value !== null);
  const narrow = range === undefined || excluded ? undefined : await narrowTo(rows, range);
  const all = await readTables(rows, ['site', ...only], async (table) => {
    if (table === tables.site) return site;
    if (narrow === undefined || !isNodeTable(table.name)) return rows.select<Table>(table);
    const names = table === tables.nodelist ? narrow.nodes : narrow.heirs;
    return rowsOfNodes(rows, table, names);
  });
  return indexObjects(all, indexCluster(all, { installdir, tftpdir }));
}

/** Undefined if the range is no short list of nodes that there are. */
async function narrowTo(rows: Select, range: string): Promise<Narrow | undefined> {
  const nodes = [...new Set(splitList(range))];
  if (nodes.length > few || nodes.some((name) => !/^[\w.-]+$/u.test(name))) return undefined;
  const heirs = new Set([...nodes, 'xcatdefaults']);
  for (const node of nodes) {
    const [row] = await rows.select(tables.nodelist, { node });
    if (row === undefined) return undefined;
    for (const group of splitList(row.groups)) heirs.add(group);
  }
  return heirs.size > few ? undefined : { nodes, heirs: [...heirs] };
}

async function rowsOfNodes(rows: Select, table: Table, names: readonly string[]) {
  const found = [];
  for (const node of names) found.push(...(await rows.select(table, { node })));
  return found;
}
