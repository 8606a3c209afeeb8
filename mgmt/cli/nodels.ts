import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import { type Cluster, isNodeTable, type NodeTableName } from '../core/cluster.ts';
import { expandNoderange } from '../core/noderange.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { checkColumn, tableNamed } from './table-arg.ts';

interface Column {
  readonly table: NodeTableName;
  readonly column: string;
}

export const nodels = (context: Context) =>
  command({
    command: 'nodels [noderange] [columns..]',
    describe: 'List nodes, and what the tables say of them',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', { type: 'string', describe: 'Nodes and groups; default all' })
        .positional('columns', {
          type: 'string',
          array: true,
          default: [],
          describe: 'table.column, a table for all its columns, or groups, tags, mgt',
        }),
    run: async ({ noderange, columns: names, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const columns = names.flatMap(columnsNamed);
      const nodes =
        noderange === undefined ? visible(cluster) : expandNoderange(noderange, cluster);
      const valueOf = (node: string, { table, column }: Column) =>
        attributeOf(cluster, node, table, column);
      if (json) {
        const described = nodes.map((node) => ({
          node,
          ...Object.fromEntries(columns.map((one) => [label(one), valueOf(node, one) ?? null])),
        }));
        return printJson(context, described);
      }
      for (const node of nodes) {
        if (columns.length === 0) context.print(node);
        for (const column of columns) {
          const name = columns.length > 1 ? `${label(column)}: ` : '';
          context.print(`${node}: ${name}${valueOf(node, column) ?? ''}`);
        }
      }
    },
  });

const shortcuts: Readonly<Record<string, string>> = {
  groups: 'nodelist.groups',
  tags: 'nodelist.groups',
  mgt: 'nodehm.mgt',
};

function columnsNamed(name: string): Column[] {
  const [tableName = '', column] = (shortcuts[name] ?? name).split('.');
  const spec = tableNamed(tableName);
  const table = spec.name;
  if (!isNodeTable(table)) {
    throw new StateliteError('ERR_STATELITE_USAGE', `${table} has no rows for nodes`, {
      hint: `tabdump ${table} prints it`,
    });
  }
  if (column !== undefined) checkColumn(spec, column);
  const wanted =
    column === undefined ? Object.keys(spec.columns).filter((each) => each !== 'node') : [column];
  return wanted.map((each) => ({ table, column: each }));
}

/** Every node that is not hidden. */
function visible(cluster: Cluster): string[] {
  const isHidden = (node: string) => attributeOf(cluster, node, 'nodelist', 'hidden') === '1';
  return [...cluster.nodes].filter((node) => !isHidden(node)).toSorted();
}

function label({ table, column }: Column): string {
  return `${table}.${column}`;
}
